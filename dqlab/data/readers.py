"""Readers of files of data: each turns a path into (X, y), X in compressed rows of float64."""

import io

import numpy as np


def matrix_market(path):
    from scipy.io import mmread

    return sparse(mmread(path)), None


def archive(path, name, has_right_side):
    """A .tar.gz of the SuiteSparse Matrix Collection: name/name.mtx and, for some, name/name_b.mtx."""
    import tarfile

    from scipy.io import mmread

    with tarfile.open(path) as archive:

        def member(suffix):
            return mmread(io.BytesIO(archive.extractfile(f"{name}/{name}{suffix}.mtx").read()))

        return sparse(member("")), np.asarray(member("_b"), float).ravel() if has_right_side else None


def npz(path, has_right_side):
    from scipy.sparse import load_npz

    with np.load(path) as arrays:
        y = arrays["b"] if has_right_side else None
    return sparse(load_npz(path)), y


def sparse(X):
    from scipy.sparse import csr_matrix

    X = csr_matrix(X, dtype=np.float64)
    X.eliminate_zeros()
    X.sort_indices()
    return X


def svmlight(path, features, positive):
    from sklearn.datasets import load_svmlight_file

    X, labels = load_svmlight_file(str(path), n_features=features)
    return sparse(X), np.where(np.isin(labels, positive), 1.0, -1.0)


def diabetes():
    from sklearn.datasets import load_diabetes

    found = load_diabetes()
    return found.data, found.target, tuple(found.feature_names)
