"""Data sets: found in a folder or the cache, downloaded otherwise, checked always; text that every machine has; text made to order."""

import functools
import hashlib
import http.server
import io
import os
import socket
import tarfile
import threading

import numpy as np
import pytest
from scipy import sparse
from scipy.io import mmwrite

from dqlab import data
from dqlab.data import docstrings, files, registry
from dqlab.data.files import File

FOLDER = os.environ.get("DQLAB_DATA")  # real files, where a machine has them


@pytest.fixture
def home(tmp_path, monkeypatch):
    """No data folder, an empty cache, no network; returns (a folder for $DQLAB_DATA, the cache)."""
    folder, cache = tmp_path / "data", tmp_path / "cache"
    folder.mkdir()
    monkeypatch.delenv("DQLAB_DATA", raising=False)
    monkeypatch.setattr(files, "cache", lambda: cache)

    def blocked(*_, **__):
        raise OSError("network blocked")

    monkeypatch.setattr(socket, "getaddrinfo", blocked)
    return folder, cache


def small(monkeypatch, name, files):
    """Give a set of the registry other files: {file name: (bytes, url)}, and their checksums; reading stays as it is."""
    entry = registry.entries()[name]
    readers = {file.name: file.read for file in entry.files}
    changed = tuple(
        File(file, "sha256:" + hashlib.sha256(content).hexdigest(), url, readers[file])
        for file, (content, url) in files.items()
    )
    monkeypatch.setattr(registry, "entries", lambda: {name: entry._replace(files=changed, shape=(3, 2))})


MATRIX = sparse.csr_matrix(np.array([[1.0, 1], [0, 1], [1, 0]]))


def matrix_market(matrix):
    buffer = io.BytesIO()
    mmwrite(buffer, matrix)
    return buffer.getvalue()


def archive(name, **members):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for suffix, content in members.items():
            info = tarfile.TarInfo(f"{name}/{name}{suffix}.mtx")
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def test_embedded_data_need_no_network(home):
    found = data.load("diabetes")
    assert found.X.shape == (442, 10) and found.y.shape == (442,) and found.X.dtype == np.float64
    assert np.allclose((found.X**2).sum(0), 1) and np.allclose(found.X.mean(0), 0, atol=1e-12)
    assert found.features[:4] == ("age", "sex", "bmi", "bp")
    assert found.name == "diabetes" and "Least Angle Regression" in found.citation and "BSD" in found.licence


def test_the_folder_goes_before_the_cache(home, monkeypatch):
    folder, cache = home
    content = matrix_market(MATRIX)
    small(monkeypatch, "ash331", {"ash331.mtx": (content, None)})
    cache.mkdir()
    (cache / "ash331.mtx").write_bytes(content)
    assert data.names().loc["ash331", "where"] == str(cache / "ash331.mtx")
    assert np.array_equal(data.load("ash331").X.toarray(), MATRIX.toarray())
    monkeypatch.setenv("DQLAB_DATA", str(folder))
    assert data.names().loc["ash331", "where"] == str(cache / "ash331.mtx")
    (folder / "ash331.mtx").write_bytes(content)
    assert data.names().loc["ash331", "where"] == str(folder / "ash331.mtx")
    found = data.load("ash331")
    assert found.X.format == "csr" and found.X.dtype == np.float64 and found.y is None


@pytest.mark.parametrize("place", ["folder", "cache"])
def test_a_damaged_file_is_refused_wherever_it_lies(home, monkeypatch, place):
    folder, cache = home
    cache.mkdir()
    monkeypatch.setenv("DQLAB_DATA", str(folder))
    path = (folder if place == "folder" else cache) / "ash331.tar.gz"
    path.write_bytes(b"not what was published")
    with pytest.raises(
        ValueError, match="has sha256 .*, expected 85673f16.* damaged or another version.*sparse.tamu.edu"
    ):
        data.load("ash331")


@pytest.mark.parametrize("right_side", [False, True])
def test_archives_of_the_collection_are_read(home, monkeypatch, right_side):
    name = "illc1033" if right_side else "ash331"
    with_zeros = sparse.coo_matrix(([1.0, 1, 1, 1, 0], ([0, 0, 1, 2, 2], [0, 1, 1, 0, 1])), shape=(3, 2))
    members = {"": matrix_market(with_zeros), "_b": matrix_market(np.array([[1.0], [2], [3]]))}
    content = archive(name, **members)
    small(monkeypatch, name, {f"{name}.tar.gz": (content, None)})
    monkeypatch.setenv("DQLAB_DATA", str(home[0]))
    (home[0] / f"{name}.tar.gz").write_bytes(content)
    found = data.load(name)
    assert found.X.nnz == 4 and np.array_equal(found.X.toarray(), MATRIX.toarray())
    assert (found.y is not None and found.y.tolist() == [1, 2, 3]) if right_side else found.y is None


def test_npz_and_svmlight_are_read(home, monkeypatch):
    folder, _ = home
    monkeypatch.setenv("DQLAB_DATA", str(folder))
    arrays = dict(data=np.ones(4), indices=[0, 2, 0, 1], indptr=[0, 2, 4], shape=[3, 2], format=b"csc", b=[4.0, 5, 6])
    np.savez(folder / "well1850.npz", **arrays)
    with monkeypatch.context() as patch:
        small(patch, "well1850", {"well1850.npz": ((folder / "well1850.npz").read_bytes(), None)})
        found = data.load("well1850")
        assert found.X.format == "csr" and np.array_equal(found.X.toarray(), MATRIX.toarray())
        assert found.y.tolist() == [4, 5, 6]
    for name, labels in {"phishing": "010", "mushrooms": "121", "news20": ["15", "10", "20"]}.items():
        rows = ["1:1 2:1", "2:1", "1:1"]
        content = "".join(f"{label} {row}\n" for label, row in zip(labels, rows, strict=True)).encode()
        with monkeypatch.context() as patch:
            entry = registry.entries()[name]
            read = functools.partial(
                entry.files[0].read.func, features=2, positive=entry.files[0].read.keywords["positive"]
            )
            file = File(f"{name}.svm", "sha256:" + hashlib.sha256(content).hexdigest(), None, read)
            changed = {name: entry._replace(files=(file,), shape=(3, 2))}
            patch.setattr(registry, "entries", lambda changed=changed: changed)
            (folder / f"{name}.svm").write_bytes(content)
            found = data.load(name)
        assert np.array_equal(found.X.toarray(), MATRIX.toarray()) and found.y.tolist() == [-1, 1, -1]


def test_no_network_says_which_file_to_put_where(home):
    with pytest.raises(data.DataUnavailable) as caught:
        data.load("ash331")
    message = str(caught.value)
    assert isinstance(caught.value, OSError)
    for part in ("https://sparse.tamu.edu/MM/HB/ash331.tar.gz", "as ash331.tar.gz", str(home[1]), "DQLAB_DATA"):
        assert part in message
    assert not (home[1] / "ash331.tar.gz").exists()


def serve(folder):
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(folder))
    handler.func.log_message = lambda *_: None
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server, f"http://127.0.0.1:{server.server_port}"


def test_download_is_kept_and_checked(tmp_path, monkeypatch):
    cache = tmp_path / "cache"
    monkeypatch.delenv("DQLAB_DATA", raising=False)
    monkeypatch.setattr(files, "cache", lambda: cache)
    (tmp_path / "www").mkdir()
    content = archive("ash331", **{"": matrix_market(MATRIX)})
    server, address = serve(tmp_path / "www")
    try:
        small(monkeypatch, "ash331", {"ash331.tar.gz": (content, f"{address}/ash331.tar.gz")})
        with pytest.raises(data.DataUnavailable, match="404"):
            data.load("ash331")
        (tmp_path / "www" / "ash331.tar.gz").write_bytes(content + b"changed")
        with pytest.raises(ValueError, match="(?i)hash|sha256"):
            data.load("ash331")
        assert not (cache / "ash331.tar.gz").exists()
        assert data.names().loc["ash331", "where"] == "to download"
        (tmp_path / "www" / "ash331.tar.gz").write_bytes(content)
        assert data.load("ash331").X.shape == (3, 2)
    finally:
        server.shutdown()
        server.server_close()
    assert data.load("ash331").X.shape == (3, 2)  # from the cache: the server is gone


@pytest.mark.parametrize(("name", "hint"), [("ash33l", "'ash331'"), ("Mushroom", "'mushrooms'"), (7, "Known sets")])
def test_unknown_names_list_close_ones(home, name, hint):
    with pytest.raises(ValueError, match=f"name: unknown data set {name!r}.*{hint}(?s:.*)a9a, ash219") as caught:
        data.load(name)
    assert "diabetes" in str(caught.value)


def test_a_wrong_folder_is_named(home, monkeypatch):
    monkeypatch.setenv("DQLAB_DATA", str(home[0] / "nowhere"))
    with pytest.raises(ValueError, match="DQLAB_DATA: expected the path of a folder"):
        data.load("ash331")


def test_names_lists_everything(home):
    listed = data.names()
    assert list(listed.columns) == ["shape", "where", "source"]
    assert {"ash331", "illc1850", "a9a", "news20", "rcv1", "rcv1_small", "diabetes"} <= set(listed.index)
    embedded = set(listed.index[listed["where"] == "embedded"])
    assert embedded == {"diabetes", "docstrings", "digits", "image_patches"}
    assert set(listed["where"]) == {"embedded", "to download"}


def test_the_registry_is_complete():
    for name, entry in registry.entries().items():
        assert entry.source and entry.citation and entry.licence and len(entry.shape) == 2
        assert bool(entry.files) != bool(entry.embedded)
        for file in [part for main in entry.files for part in (main, *main.beside)]:
            algorithm, digest = file.checksum.split(":")
            assert len(digest) == 2 * hashlib.new(algorithm).digest_size and int(digest, 16) > 0
        urls = [file.url for file in entry.files[-1:] if not name.startswith("rcv1_small")]
        assert all(url.startswith("https://") and url.endswith(entry.files[-1].name) for url in urls), name


def test_a_set_without_an_address_says_so(home):
    with pytest.raises(
        data.DataUnavailable, match="rcv1_small is in no folder here and has no address.*as rcv1_small_tr"
    ):
        data.load("rcv1_small")


# The documentation of installed packages

MODULE = '''"""{first}"""
def public():
    """{second}"""
    def inner():
        """never read, since it is inside"""
def _private():
    """never read, since it is private"""
class Public:
    """short"""
    def method(self):
        """{second}"""
    async def other(self):
        pass
'''
FIRST = "Alpha beta numpy np x " + "gamma " * 18
SECOND = "Beta " * 20


@pytest.fixture
def packages(tmp_path, monkeypatch):
    """Two packages of a module each, one with tests; returns {name: label}."""
    for name, first in {"left_package": FIRST, "right_package": FIRST.replace("gamma", "delta_2")}.items():
        folder = tmp_path / "site" / name
        (folder / "tests").mkdir(parents=True)
        (folder / "__init__.py").write_text(MODULE.format(first=first, second=SECOND))
        (folder / "tests" / "more.py").write_text('"""' + "never " * 30 + '"""')
    monkeypatch.syspath_prepend(tmp_path / "site")
    return {"left_package": 1.0, "right_package": -1.0}


def test_a_bag_of_words_from_source_files(packages):
    X, y, words = docstrings.bag(packages)
    assert words == ("alpha", "beta", "delta_2", "gamma")  # no name of a package, no letter alone, nothing private
    assert X.shape == (3, 4) and sorted(y) == [-1, 1, 1]  # the text that all share counts once, for the first
    rows = {tuple(np.flatnonzero(row)): row for row in X.toarray()}
    log = np.log
    left = np.array([log(3 / 2), log(3 / 3), 0, (1 + log(18)) * log(3)])
    assert np.allclose(rows[0, 3], left / np.linalg.norm(left), atol=1e-12)


def test_texts_are_kept_by_version(home, packages, monkeypatch):
    monkeypatch.setattr(docstrings, "PACKAGES", packages)
    versions = dict.fromkeys(packages, "1.0")
    monkeypatch.setattr(docstrings, "version", versions.get)
    X, y, words = docstrings.docstrings()
    (path,) = home[1].iterdir()
    monkeypatch.setattr(docstrings, "bag", lambda _: pytest.fail("built again"))
    found = data.load("docstrings")
    assert (found.X != X).nnz == 0 and np.array_equal(found.y, y) and found.features == words and path.is_file()
    versions["left_package"] = "1.1"
    with pytest.raises(pytest.fail.Exception, match="built again"):
        data.load("docstrings")


def test_a_cache_that_cannot_be_written_costs_no_data(home, packages, monkeypatch):
    monkeypatch.setattr(docstrings, "PACKAGES", packages)
    monkeypatch.setattr(docstrings, "version", lambda _: "1.0")
    home[1].write_text("a file where the folder should be")
    assert data.load("docstrings").X.shape == (3, 4)


@pytest.mark.slow
def test_docstrings_are_thousands_of_real_texts_with_labels_that_can_be_learnt():
    """What the design asks of the embedded text; in the user's own cache, so that chapters find it there."""
    from sklearn.linear_model import LogisticRegression

    found = data.load("docstrings")
    rows, words = found.X.shape
    assert rows > 5000 and words > 20_000 and len(found.features) == words
    assert found.X.format == "csr" and found.X.dtype == np.float64 and found.X.has_sorted_indices
    assert np.allclose(found.X.multiply(found.X).sum(axis=1), 1) and set(found.y) == {-1.0, 1.0}
    assert abs(found.y.mean()) < 0.2 and 40 < found.X.nnz / rows < 160
    assert list(found.features) == sorted(found.features)
    half = rows // 2
    model = LogisticRegression(C=10, max_iter=200).fit(found.X[:half], found.y[:half])
    assert model.score(found.X[half:], found.y[half:]) > 0.93
    word = found.features.index
    assert model.coef_[0, word("dataframe")] > 1 and model.coef_[0, word("graph")] < -1


# Made-up text


def share(X, rank):
    """The shares of rows that hold the words of these ranks, ranked by that share."""
    frequency = np.sort(np.bincount(X.indices, minlength=X.shape[1]))[::-1]
    return frequency[np.array(rank) - 1] / X.shape[0]


def test_made_up_text_is_reproducible_and_balanced():
    first, again = data.zipf_text(400, seed=3), data.zipf_text(400, seed=3)
    assert (first.X != again.X).nnz == 0 and np.array_equal(first.y, again.y) and first.y.sum() == 0
    assert first.X.shape == (400, data.RCV1.features) and np.allclose(first.X.multiply(first.X).sum(axis=1), 1)
    assert (data.zipf_text(400, seed=4).X != first.X).nnz > 0


def test_contrast_makes_the_classes_easier_to_tell_apart():
    from sklearn.linear_model import LogisticRegression

    small = data.NEWS20._replace(features=4000)
    scores = []
    for contrast in (0, 0.5, 1.5):
        text = data.zipf_text(3000, small, seed=1, contrast=contrast)
        model = LogisticRegression(C=10, max_iter=100).fit(text.X[:2000], text.y[:2000])
        scores.append(model.score(text.X[2000:], text.y[2000:]))
    assert abs(scores[0] - 0.5) < 0.05 and scores[0] + 0.15 < scores[1] < scores[2] and scores[2] > 0.9


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (dict(rows=1), "rows: expected an integer >= 2, got 1"),
        (dict(rows=5, informative=1.5), r"informative: expected a share in \(0, 1\], got 1.5"),
        (dict(rows=5, informative=0), "informative: expected a finite number > 0, got 0"),
        (dict(rows=5, contrast=-1), "contrast: expected a finite number >= 0, got -1"),
        (dict(rows=5, like="rcv1"), "like: expected a TextStatistics.*got 'rcv1'"),
        (dict(rows=5, like=data.RCV1._replace(features=1)), "like.features: expected an integer >= 2, got 1"),
        (dict(rows=5, like=data.RCV1._replace(bend=0)), "like.bend: expected a finite number > 0, got 0"),
    ],
)
def test_made_up_text_refuses(arguments, message):
    with pytest.raises((ValueError, TypeError), match=message):
        data.zipf_text(**arguments)


@pytest.mark.skipif(not FOLDER, reason="compares with files of $DQLAB_DATA")
@pytest.mark.parametrize(("name", "like", "last"), [("news20", data.NEWS20, 10_000), ("rcv1_small", data.RCV1, 1000)])
def test_made_up_text_has_the_statistics_of_the_real_collection(name, like, last):
    """Lengths within 15 percent (mean and quartiles); shares of texts within 25 percent at every rank tried from 3 on."""
    real, made = data.load(name).X, data.zipf_text(8000, like, seed=2).X
    ranks = [rank for rank in (3, 10, 30, 100, 300, 1000, 3000, 10_000) if rank <= last]
    ratio = share(made, ranks) / share(real, ranks)
    assert ratio.min() > 0.75 and ratio.max() < 1.25, ratio
    lengths = [np.diff(X.indptr) for X in (real, made)]
    for statistic in (np.mean, lambda n: np.quantile(n, [0.25, 0.5, 0.75])):
        expected, found = map(statistic, lengths)
        assert np.allclose(found, expected, rtol=0.15)


EXPECTED = {  # what the collections publish: rows, columns, entries
    "ash219": (219, 85, 438),
    "ash331": (331, 104, 662),
    "ash608": (608, 188, 1216),
    "ash958": (958, 292, 1916),
    "illc1033": (1033, 320, 4719),
    "illc1850": (1850, 712, 8636),
    "well1850": (1850, 712, 8755),
    "a9a": (32561, 123, 451592),
    "w8a": (49749, 300, 579586),
    "mushrooms": (8124, 112, 170604),
    "phishing": (11055, 68, 331650),
    "news20": (15935, 62061, 1272569),
    "rcv1_small": (1000, 47236, 77739),
    "rcv1_small_test": (500, 47236, 39448),
}
KAPPA = {"ash219": 9.149765, "ash331": 9.588364478, "ash608": 11.376874, "ash958": 10.248694}
POSITIVE = {"a9a": 7841, "w8a": 1479, "mushrooms": 4208, "phishing": 6157, "rcv1_small": 459, "rcv1_small_test": 245}


def test_real_files_are_what_the_collections_publish():
    """Runs over the sets whose files are here: all of them in CI, the embedded one anywhere."""
    here = [name for name, where in data.names()["where"].items() if where != "to download"]
    assert "diabetes" in here
    assert not FOLDER or "ash331" in here
    for name in set(here) & EXPECTED.keys():
        found = data.load(name)
        assert (*found.X.shape, found.X.nnz) == EXPECTED[name]
        if name in KAPPA:
            singular = np.linalg.svd(found.X.toarray(), compute_uv=False)
            assert (singular[0] / singular[-1]) ** 2 == pytest.approx(KAPPA[name], rel=1e-7)
        if name in ("illc1033", "well1850"):
            assert found.y.shape == (found.X.shape[0],)
        if name in POSITIVE:
            assert (found.y == 1).sum() == POSITIVE[name] and (found.y == -1).sum() == found.X.shape[0] - POSITIVE[name]
