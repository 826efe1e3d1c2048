"""The Walsh-Hadamard transform and the random rotation: equal to their matrices, orthogonal, the same on one core and on many."""

import math

import numpy as np
import pytest
from scipy.linalg import hadamard

from dqlab import quantizers as dqq
from dqlab.streams import stream

from . import oracles


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("dim", [1, 2, 4, 8, 32, 64, 128, 256, 1024, 4096, 8192])
def test_the_transform_is_the_matrix(dim, dtype):
    x = stream(dim, "transform").standard_normal(dim).astype(dtype)
    expected = hadamard(dim) @ x.astype(np.float64) / math.sqrt(dim)
    y = x.copy()
    assert dqq.walsh_hadamard(y) is y and y.dtype == dtype
    assert np.abs(y - expected).max() <= 40 * np.finfo(dtype).eps


@pytest.mark.parametrize("power", [13, 14, 15, 16, 17, 18])
def test_long_transforms_are_orthogonal_and_their_own_inverse(power):
    """Every number of levels above a block, on one core and on many; columns of H by their formula, (-1)**popcount(i & j)."""
    d, rng = 1 << power, stream(power, "long transform")
    for i in rng.integers(0, d, 5):
        e = np.zeros(d)
        e[i] = 1
        signs = 1 - 2.0 * (np.bitwise_count(np.arange(d) & i) % 2)
        assert np.allclose(dqq.walsh_hadamard(e), signs / math.sqrt(d), rtol=1e-14)
    x, z = rng.standard_normal((2, d))
    hx, hz = dqq.walsh_hadamard(x.copy()), dqq.walsh_hadamard(z.copy())
    assert hx @ hz == pytest.approx(x @ z, rel=1e-9, abs=1e-9) and hx @ hx == pytest.approx(x @ x)
    assert np.allclose(dqq.walsh_hadamard(hx), x, atol=1e-13)


@pytest.mark.parametrize("dim", [1, 2, 3, 64, 65, 130, 5000])
def test_rotation_by_signs_and_matrix(dim):
    """Bit i mod 64 of draw i // 64 of the shared key decides the sign of coordinate i."""
    u, size = stream(dim, "rotation").standard_normal(dim), 1 << (dim - 1).bit_length()
    for shared in (0, 9, 2**62):
        y = dqq.rotate(u, shared)
        signs = [1 - 2 * (oracles.splitmix(shared, i // 64) >> i % 64 & 1) for i in range(dim)]
        expected = np.append(signs * u, np.zeros(size - dim))
        assert np.allclose(y, dqq.walsh_hadamard(expected), atol=1e-14)
        assert np.allclose(dqq.rotate_back(y, dim, shared), u, atol=1e-13)
    assert not np.allclose(dqq.rotate(u, 1) ** 2, dqq.rotate(u, 2) ** 2) or dim <= 3


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_long_rotations_on_all_cores(dtype):
    u = stream(0, "long rotation").standard_normal((1 << 17) + 77).astype(dtype)
    y = dqq.rotate(u, 5)
    assert y.size == 1 << 18 and y.dtype == dtype
    assert np.abs(dqq.rotate_back(y, u.size, 5) - u).max() <= 40 * np.finfo(dtype).eps


@pytest.mark.parametrize(
    ("call", "word"),
    [
        (lambda: dqq.walsh_hadamard([1.0, 2.0]), "x"),
        (lambda: dqq.walsh_hadamard(np.arange(4)), "x"),
        (lambda: dqq.walsh_hadamard(np.zeros(3)), "power of two of coordinates, got 3"),
        (lambda: dqq.walsh_hadamard(np.zeros(0)), "x"),
        (lambda: dqq.walsh_hadamard(np.zeros((2, 2))), "x"),
        (lambda: dqq.walsh_hadamard(np.zeros(8)[::2]), "x"),
        (lambda: dqq.rotate([np.nan]), "u"),
        (lambda: dqq.rotate([1.0], -1), "shared"),
        (lambda: dqq.rotate([]), "u"),
        (lambda: dqq.rotate_back([1.0, 2.0, 3.0], 3), "y"),
        (lambda: dqq.rotate_back([1.0, 2.0], 2, shared="key"), "shared"),
    ],
)
def test_bad_arguments_of_the_rotation_are_named(call, word):
    with pytest.raises((ValueError, TypeError), match=word):
        call()
