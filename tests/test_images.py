"""Sets of images: two that every machine has, and the readers of the others on small files made here."""

import gzip
import hashlib
import io
import os
import pickle
import tarfile

import numpy as np
import pytest

from dqlab import data, stream
from dqlab.data import files, images, registry
from dqlab.data.files import File

from .test_data import FOLDER, home, serve  # noqa: F401  (a fixture)


def checksum(content):
    return "sha256:" + hashlib.sha256(content).hexdigest()


def replaced(monkeypatch, name, file, shape=None):
    """A set of the registry with one file of ours in the place of its own."""
    entry = registry.entries()[name]
    changed = {name: entry._replace(files=(file,), shape=shape or entry.shape)}
    monkeypatch.setattr(registry, "entries", lambda: changed)


def tar(members):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def test_digits_need_no_network(home):  # noqa: F811
    found = data.load("digits")
    assert found.X.shape == (5000, 784) and found.X.dtype == np.uint8 and np.bincount(found.y).tolist() == [500] * 10
    for start in range(0, 5000, 500):
        assert np.bincount(found.y[start : start + 500]).min() > 20  # every part has all classes
    mean = found.X.mean() / 255
    assert mean == pytest.approx(0.1307, abs=0.002)  # what MNIST is known for
    middle = found.X.reshape(-1, 28, 28)[:, 10:18, 10:18].mean(axis=(1, 2))
    assert middle[found.y == 1].mean() < middle[found.y == 8].mean() - 20  # labels belong to their images


def test_patches_of_photographs_need_no_network(home):  # noqa: F811
    from sklearn.datasets import load_sample_images

    found = data.load("image_patches")
    assert found.X.shape == (10_000, 3072) and found.X.dtype == np.uint8 and found.y.sum() == 0
    assert set(found.y) == {-1, 1} and abs(found.y[:1000].sum()) < 150
    assert len({row.tobytes() for row in found.X}) == 10_000
    temple = load_sample_images().images[0]
    patch = found.X[np.argmax(found.y == -1)].reshape(32, 32, 3)
    assert any(
        np.array_equal(patch, temple[i : i + 32, j : j + 32]) for i in range(0, 396, 6) for j in range(0, 609, 6)
    )
    assert np.array_equal(data.load("image_patches").X[:100], found.X[:100])


def test_patches_by_their_definition():
    photograph = stream(0, "photograph").integers(0, 256, (9, 12, 3)).astype(np.uint8)
    naive = [photograph[i : i + 4, j : j + 4].ravel() for i in range(0, 6, 2) for j in range(0, 9, 2)]
    assert np.array_equal(images.cut(photograph, side=4, stride=2), naive)


def test_grey_is_what_the_eye_sees():
    X = stream(0, "pixels").integers(0, 256, (5, 12)).astype(np.uint8)
    by_hand = [[round(0.299 * r + 0.587 * g + 0.114 * b) for r, g, b in row.reshape(4, 3).tolist()] for row in X]
    assert np.abs(data.grey(X).astype(int) - by_hand).max() == 0
    for wrong in (X.astype(float), X[:, :10], X[0]):
        with pytest.raises(ValueError, match=r"X: expected bytes of shape \(images, 3 pixels\), got"):
            data.grey(wrong)


def idx(array):
    """A file of MNIST: a magic number, the shape, the bytes."""
    header = np.array([2048 + array.ndim, *array.shape], ">u4")
    return gzip.compress(header.tobytes() + array.astype(np.uint8).tobytes())


def small_mnist(monkeypatch, address=None):
    X, y = np.arange(24).reshape(3, 2, 4), np.array([7, 0, 9])
    contents = {"images.gz": idx(X), "labels.gz": idx(y)}
    urls = {name: address and f"{address}/{name}" for name in contents}
    labels = File("labels.gz", checksum(contents["labels.gz"]), urls["labels.gz"])
    file = File("images.gz", checksum(contents["images.gz"]), urls["images.gz"], images.idx, (labels,))
    replaced(monkeypatch, "mnist", file, (3, 8))
    return X.reshape(3, 8), y, contents


def test_a_set_of_two_files_needs_both(home, monkeypatch):  # noqa: F811
    X, y, contents = small_mnist(monkeypatch)
    monkeypatch.setenv("DQLAB_DATA", str(home[0]))
    (home[0] / "images.gz").write_bytes(contents["images.gz"])
    with pytest.raises(data.DataUnavailable, match="as labels.gz, into"):
        data.load("mnist")
    (home[0] / "labels.gz").write_bytes(contents["labels.gz"])
    found = data.load("mnist")
    assert np.array_equal(found.X, X) and np.array_equal(found.y, y) and found.X.dtype == np.uint8
    (home[0] / "labels.gz").write_bytes(contents["labels.gz"] + b"more")
    with pytest.raises(ValueError, match="labels.gz has sha256"):
        data.load("mnist")


def test_both_files_are_downloaded(tmp_path, monkeypatch):
    monkeypatch.delenv("DQLAB_DATA", raising=False)
    monkeypatch.setattr(files, "cache", lambda: tmp_path / "cache")
    (tmp_path / "www").mkdir()
    server, address = serve(tmp_path / "www")
    try:
        X, y, contents = small_mnist(monkeypatch, address)
        for name, content in contents.items():
            (tmp_path / "www" / name).write_bytes(content)
        found = data.load("mnist")
        assert np.array_equal(found.X, X) and np.array_equal(found.y, y)
    finally:
        server.shutdown()
        server.server_close()
    assert np.array_equal(data.load("mnist").y, y)


def colours(count):
    """Pictures of one colour each, and those as rows of pixels."""
    paint = stream(0, "paint").integers(0, 256, (count, 3)).astype(np.uint8)
    return paint, np.tile(paint, 1024)


def test_two_classes_of_cifar_from_arrays_and_from_the_archive(home, monkeypatch):  # noqa: F811
    paint, rows = colours(50)
    labels = np.arange(50) % 10
    planes = np.repeat(paint, 1024, axis=1)
    batches = {
        f"cifar-10-batches-py/data_batch_{k + 1}": pickle.dumps(
            {b"data": planes[k::5], b"labels": labels[k::5].tolist()}
        )
        for k in range(5)
    }
    order = np.concatenate([np.arange(k, 50, 5)[np.isin(labels[k::5], [0, 1])] for k in range(5)])
    buffer = io.BytesIO()
    pair = np.isin(labels, [0, 1])
    np.savez(
        buffer, x_train=rows[pair].reshape(-1, 32, 32, 3), y_train=labels[pair], x_test=rows[:1], y_test=labels[:1]
    )
    contents = tar(batches), buffer.getvalue()
    monkeypatch.setenv("DQLAB_DATA", str(home[0]))
    found = []
    for content, read in zip(contents, (images.cifar_archive, images.cifar_npz)):
        with monkeypatch.context() as patch:
            replaced(patch, "cifar10_pair", File("cifar", checksum(content), None, read))
            (home[0] / "cifar").write_bytes(content)
            found.append(data.load("cifar10_pair"))
    assert np.array_equal(found[0].X, rows[order]) and np.array_equal(found[0].y, np.where(labels[order] == 1, 1, -1))
    expected = {row.tobytes(): 2 * label - 1 for row, label in zip(rows[pair], labels[pair])}
    assert {row.tobytes(): label for row, label in zip(found[1].X, found[1].y)} == expected and len(found[1].y) == 10


def jpeg(picture):
    from matplotlib.image import imsave

    buffer = io.BytesIO()
    imsave(buffer, picture, format="jpeg", pil_kwargs={"quality": 95})
    return buffer.getvalue()


def test_two_classes_of_imagenette(home, monkeypatch):  # noqa: F811
    paint, rows = colours(4)
    members = {}
    for k, folder in enumerate(["train/n01440764", "train/n02102040", "train/n03000684", "val/n01440764"]):
        picture = np.broadcast_to(paint[k], (70 + 40 * k, 100, 3))
        members[f"imagenette2-160/{folder}/{k}.JPEG"] = jpeg(picture)
    content = tar(members | {"imagenette2-160/noisy.csv": b"text"})
    read = registry.entries()["imagenette"].files[0].read
    replaced(monkeypatch, "imagenette", File("imagenette2-160.tgz", checksum(content), None, read))
    monkeypatch.setenv("DQLAB_DATA", str(home[0]))
    (home[0] / "imagenette2-160.tgz").write_bytes(content)
    found = data.load("imagenette")
    assert sorted(found.y) == [-1, 1]
    for row, label in zip(found.X, found.y):
        assert np.abs(row - rows[0 if label == -1 else 1].astype(float)).max() <= 3  # what JPEG loses


def test_pictures_shrink_to_means_of_blocks_of_their_middle():
    picture = stream(0, "picture").integers(0, 256, (9, 13, 3)).astype(np.uint8)
    middle = picture[0:8, 2:10].astype(float)  # blocks of 2 x 2; one row and five columns are left over
    naive = [
        [np.rint(middle[2 * i : 2 * i + 2, 2 * j : 2 * j + 2].mean(axis=(0, 1))) for j in range(4)] for i in range(4)
    ]
    assert np.array_equal(images.shrink(picture, 4), naive)
    grey = images.shrink(picture[..., 0], 4)
    assert grey.shape == (4, 4, 3) and np.array_equal(grey[..., 1], np.array(naive)[..., 0])
    with pytest.raises(ValueError, match="picture: expected at least 32 x 32 pixels"):
        images.shrink(picture)


@pytest.mark.skipif(not FOLDER, reason="reads files of $DQLAB_DATA")
def test_real_images_are_what_was_published():
    here = data.names()["where"]
    if os.path.isfile(here["mnist_test"]):
        found = data.load("mnist_test")
        assert np.bincount(found.y).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
        assert found.X.mean() / 255 == pytest.approx(0.1325, abs=0.0005)
    if os.path.isfile(here["cifar10_pair"]):
        found = data.load("cifar10_pair")
        assert abs(found.y.sum()) == 0 and found.X.shape[1] == 3072
        blue = found.X.reshape(len(found.y), -1, 3).mean(axis=1) @ [-1, 0, 1]
        assert blue[found.y == -1].mean() > blue[found.y == 1].mean() + 5  # airplanes fly before the sky
