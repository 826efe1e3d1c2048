"""Rounding to a grid: the authors' law, its exact variance, numbers of so many digits, messages in one pass; and sigma of Assumption 2."""

import math
from fractions import Fraction

import numpy as np
import pytest

from dqlab import quantizers as dqq
from dqlab.streams import stream

from .examples import quantizer, registered
from .unbiased import D, N, bernstein, draws, shapes


@pytest.mark.parametrize("spacing", [0.5, 0.1, 0.7])
@pytest.mark.parametrize("shape", ["flat", "two-level", "heavy-tailed"])
def test_a_grid_is_unbiased_with_the_exact_variance(spacing, shape):
    """Up to the surface of the cube: variance f (1 - f) spacing**2 where f is the part of a step above the point below."""
    q = dqq.Grid(spacing, D, 1.5)
    y = 1.5 * shapes()[shape] / np.abs(shapes()[shape]).max()
    part = y / spacing % 1.0
    variance = part * (1 - part) * spacing**2
    off = draws(q, y, N, "grid", shape) - y
    assert (np.abs(off) <= spacing).all() and variance.sum() <= dqq.variance_bound(q) + 1e-12
    assert (np.abs(off.mean(axis=0)) <= bernstein(variance, spacing, N)).all()
    assert (np.abs((off**2).mean(axis=0) - variance) <= bernstein(spacing**4 / 4, spacing**2, N)).all()


def law_of_the_authors(x, digits):
    """{number of so many digits: probability} of rounding to the nearest, then a step towards the residual with probability |residual| 10**s."""
    y = Fraction(x) * 10**digits
    nearest = math.floor(y + Fraction(1, 2))
    step = 1 if y > nearest else -1
    law = {nearest + step: abs(y - nearest), nearest: 1 - abs(y - nearest)}
    return {k: p for k, p in law.items() if p}


def law_of_the_grid(x, digits):
    """{number: probability} of equation (7): k below and k + 1 above."""
    y = Fraction(x) * 10**digits
    k = math.floor(y)
    return {key: p for key, p in {k: 1 - (y - k), k + 1: y - k}.items() if p}


@pytest.mark.parametrize("digits", [0, 1, 3])
def test_the_authors_rounding_has_the_same_law(digits):
    for x in [0.0, 0.5, -0.5, 0.25, -0.75, *stream(0, "numbers").uniform(-2, 2, 200)]:
        law = law_of_the_grid(float(x), digits)
        assert law == law_of_the_authors(float(x), digits)
        assert sum(k * p for k, p in law.items()) == Fraction(float(x)) * 10**digits


def test_decoded_numbers_have_so_many_digits():
    for digits in (0, 2, 5):
        K = 2 * 10**digits
        k = np.unique(np.linspace(-K, K, 401).round().astype(int))
        q, numbers = dqq.DecimalGrid(digits, k.size, 2.0), np.array([float(f"{n}e-{digits}") for n in k])
        assert np.array_equal(dqq.decode(q, k + K), numbers) and np.array_equal(dqq.quantize(q, numbers), numbers)
        assert q == dqq.Grid(10.0**-digits, k.size, 2.0) and (q.digits, q.top, q.per_unit) == (digits, K, 10**digits)


@pytest.mark.parametrize(
    ("spacing", "bound", "bits"), [(1.0, 1.0, 2), (1e-3, 1.0, 11), (1e-5, 1.0, 18), (1e-3, 4.0, 13), (0.4, 1.5, 4)]
)
def test_lengths_of_grids(spacing, bound, bits):
    q = dqq.Grid(spacing, 10, bound)
    assert dqq.nbits(q) == 10 * bits == dqq.send(q, np.zeros(10)).nbits
    if (bound / spacing) % 1 < 1e-9:
        assert bits == math.ceil(math.log2(2 * bound / spacing + 1))


@pytest.mark.parametrize(("dim", "dtype"), [(3, np.float32), (3, np.float64), ((1 << 17) + 4099, np.float64)])
def test_a_grid_in_one_pass_writes_the_bits_of_two(dim, dtype):
    q, spacing = dqq.DecimalGrid(2, dim, 1.5), 0.01
    u = stream(0, "long").uniform(-0.45, 0.45, dim).astype(dtype)
    two, one = dqq.pack(q, dqq.encode(q, u, 0.3)), dqq.send(q, u, 0.3)
    assert one.nbits == two.nbits and np.array_equal(one.words, two.words)
    received = dqq.receive(q, one, dtype(0.3))
    assert received.dtype == dtype and np.array_equal(received, dqq.decode(q, dqq.unpack(q, two), dtype(0.3)))
    assert np.abs(received - u).max() <= 0.3 * spacing * (1 + 1e-5)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_overflow_goes_to_the_end_when_asked_to(dtype):
    q, u = dqq.Grid(0.4, 5, 1.5), np.array([1.5, -1.6, 1e30, 0.4, -1.5], dtype)
    with pytest.raises(ValueError, match="outside the domain.*l_inf norm is 1.*e.30, the bound is 1.5"):
        dqq.send(q, u)
    assert not dqq.inside(q, u) and dqq.overflows(q, u)
    ends = dqq.quantize(q, u, outside="clip")
    assert np.array_equal(dqq.receive(q, dqq.send(q, u, outside="clip"), dtype(1)), ends)
    assert set(np.abs(ends[[0, 1, 2, 4]].astype(float)).round(6)) <= {1.2, 1.6} and ends[3] == dtype(0.4)
    hair = np.array([1.5, 0, 0, 0, 0], dtype) * dtype(1 + 2 * np.finfo(dtype).eps)
    assert dqq.encode(q, hair)[0] in (7, 8)  # an excess that is rounding


@pytest.mark.parametrize(
    ("call", "word"),
    [
        (lambda: dqq.Grid(0.0, 3, 1.0), "spacing"),
        (lambda: dqq.Grid(0.1, 0, 1.0), "dim"),
        (lambda: dqq.Grid(0.1, 3, -1.0), "bound"),
        (lambda: dqq.Grid(1e-12, 3, 1.0), "points on an axis"),
        (lambda: dqq.DecimalGrid(-1, 3, 1.0), "digits"),
        (lambda: dqq.DecimalGrid(9, 3, 1.0), "digits"),
        (lambda: dqq.DecimalGrid(8, 3, 100.0), "coarser grid"),
    ],
)
def test_bad_grids_are_named(call, word):
    with pytest.raises(ValueError, match=word):
        call()


HARDEST = {  # inputs at which the variance is what the bound says
    dqq.Grid: lambda q: np.full(q.dim, min(q.spacing / 2, q.bound)),
    dqq.CoordinateUniform: lambda q: np.full(q.dim, q.bound / (q.levels - 1) if q.levels % 2 else 0.0),
    dqq.SimQ: lambda q: np.full(q.dim, q.bound / max(q.dim, 2)),
    dqq.SimQPlus: lambda q: np.full(q.dim, q.bound / max(q.dim, 2)),
    dqq.Identity: lambda q: np.ones(q.dim),
}


@pytest.mark.parametrize("cls", registered(dqq.variance_bound), ids=lambda cls: cls.__name__)
def test_variance_bounds_hold_and_are_attained_where_that_is_known(cls):
    for which in (0, 1):
        q = quantizer(cls, which)
        sigma2 = dqq.variance_bound(q)
        if cls is dqq.LowPrecision:
            assert sigma2 == math.inf
            continue
        reach = dqq.dynamic_range(q) if cls is not dqq.Identity else 1.0
        known = cls in HARDEST
        x = HARDEST[cls](q) if known else np.full(q.dim, reach / math.sqrt(q.dim) * 0.999)
        count = 4000
        squared = ((draws(q, x, count, "variance") - x) ** 2).sum(axis=1)
        largest = squared.max() + sigma2
        slack = bernstein(squared.var(), largest, count)
        assert squared.mean() <= sigma2 + slack
        assert not known or squared.mean() >= sigma2 - slack


@pytest.mark.parametrize(("levels", "dim"), [(1, 4), (2, 16), (7, 5)])
def test_relative_variance_of_qsgd(levels, dim):
    """Attained by a flat vector half way between levels, whatever its length: no bound for all x."""
    q = dqq.LowPrecision(levels, dim)
    omega = dqq.relative_variance(q)
    assert omega == pytest.approx(
        math.sqrt(dim) / levels - 1 if 2 * levels <= math.sqrt(dim) else dim / (2 * levels) ** 2, rel=1e-5
    )
    for size in (1.0, 1e4):
        x = size * shapes()["heavy-tailed"][:dim] / np.linalg.norm(shapes()["heavy-tailed"][:dim])
        squared = ((draws(q, x, 4000, "qsgd") - x) ** 2).sum(axis=1) / size**2
        assert squared.mean() <= omega + bernstein(squared.var(), squared.max() + omega, 4000)
    assert dqq.relative_variance(dqq.Identity(3)) == 0


@pytest.mark.parametrize("q", [dqq.UniformScalar(4, 3), dqq.ScaledSign(3)])
def test_biased_quantizers_have_no_variance_bound(q):
    with pytest.raises(TypeError, match="variance_bound.*biased.*Grid"):
        dqq.variance_bound(q)
    with pytest.raises(TypeError, match="relative_variance.*biased"):
        dqq.relative_variance(q)


def test_a_bound_before_the_middle_of_two_points_bounds_the_variance():
    """f (1 - f) spacing**2 at f = bound / spacing < 1/2, the farthest from 0 that a coordinate may lie."""
    for bound in (0.25, 0.5, 0.75):
        f = min(bound, 0.5)
        assert dqq.variance_bound(dqq.Grid(spacing=1.0, dim=3, bound=bound)) == 3 * f * (1 - f)
