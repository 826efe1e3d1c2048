"""Lattices: nearest points against enumeration, deep holes, theta series, and codes of exactly the bits that they state."""

import math
import pickle

import numpy as np
import pytest

import dqlab as dq
from dqlab import lattices
from dqlab import quantizers as dqq
from dqlab.bits import DecodeError, int_to_message
from dqlab.lattices.golay import golay, hexacode

from . import oracles

NAMES = ["Z1", "Z7", "A2", "A4*", "A8*", "D4", "E8", "Leech"]


@pytest.mark.parametrize("name", NAMES)
def test_the_nearest_point_is_that_of_an_enumeration(name):
    """At random points, and close to deep holes, where many points compete. Single precision loses no more than its digits."""
    lattice, rng = lattices.named(name), dq.stream(1, "nearest", name)
    anywhere = rng.uniform(-4, 4, (25, lattice.dim)) * lattice.packing_radius
    holes = (
        lattice.deep_hole + lattices.nearest(lattice, 9 * anywhere[:5]) + 1e-3 * rng.standard_normal((5, lattice.dim))
    )
    y = np.vstack([anywhere, holes])
    found, single = lattices.nearest(lattice, y), lattices.nearest(lattice, y.astype(np.float32))
    for here, point, rough in zip(y, found, single):
        expected = oracles.nearest_lattice_point(lattice, here)
        assert np.linalg.norm(here - point) == pytest.approx(np.linalg.norm(here - expected), rel=1e-12)
        assert np.linalg.norm(here - rough) <= np.linalg.norm(here - expected) * (1 + 1e-5)


@pytest.mark.parametrize("name", NAMES)
def test_coordinates_are_whole_and_give_the_point_back(name):
    lattice, rng = lattices.named(name), dq.stream(2, "coordinates", name)
    points = lattices.nearest(lattice, rng.uniform(-20, 20, (70, lattice.dim)))
    x = lattices.coordinates(lattice, points)
    assert np.allclose(x, np.rint(x), atol=1e-9) and np.allclose(x @ lattice.basis, points, atol=1e-9)
    assert np.allclose(lattices.place(lattice, np.rint(x)), points, atol=1e-9)
    assert np.allclose(lattices.nearest(lattice, points), points, atol=1e-9)
    assert abs(np.linalg.det(lattice.basis)) == pytest.approx(lattice.volume, rel=1e-9)
    for row in np.rint(x).astype(int)[:9]:
        assert np.array_equal(lattice.from_digits(np.array(lattice.digits(row))), row)


@pytest.mark.parametrize("name", [*NAMES, "A24*"])
def test_the_covering_radius_is_attained_and_never_exceeded(name):
    """At the known deep hole, and by hill climbing from random starts, which comes within 1.5 %."""
    lattice = lattices.named(name)
    error = lattice.deep_hole - lattices.nearest(lattice, lattice.deep_hole)
    assert np.linalg.norm(error) == pytest.approx(lattice.covering_radius, rel=1e-12)
    starts, rounds = (256, 300) if lattice.dim > 4 else (32, 100)
    hole, found = lattices.search_deep_hole(lattice, starts=starts, rounds=rounds)
    assert 0.985 * lattice.covering_radius <= found <= lattice.covering_radius * (1 + 1e-9)
    assert np.linalg.norm(hole - lattices.nearest(lattice, hole)) == pytest.approx(found, rel=1e-9)


@pytest.mark.parametrize(
    ("name", "series"),
    [
        ("D4", {0: 1, 2: 24, 4: 24, 6: 96}),
        ("E8", {0: 1, 2: 240, 4: 2160, 6: 6720}),
        ("Leech", {0: 1, 32: 196560, 48: 16773120, 64: 398034000}),
        ("A2", {0: 1, 2 / 3: 6, 2: 6, 8 / 3: 6, 14 / 3: 12}),
    ],
)
def test_points_are_counted_as_theta_series_say(name, series):
    shells = lattices.named(name).shells
    found = shells.costs(round(max(series) * shells.unit))
    assert {cost / shells.unit: count for cost, count in found.items()} == pytest.approx(series)
    least = 4 * lattices.named(name).packing_radius ** 2
    assert sorted(found)[1] / shells.unit == pytest.approx(least)


def test_cells_of_the_cubic_lattice_that_meet_a_ball_are_counted_exactly():
    shells = lattices.named("Z3").shells
    z = np.stack(np.meshgrid(*[np.arange(-6, 7)] * 3), axis=-1).reshape(-1, 3)
    squared = (np.maximum(np.abs(z) - 0.5, 0) ** 2).sum(axis=1)
    for most in (0, 1, 2, 3, 9, 19, 51):
        assert shells.count(most) == (squared <= most / 4 + 1e-9).sum()


def test_points_of_a_star_are_counted_as_by_listing_them():
    lattice = lattices.named("A4*")
    z = np.stack(np.meshgrid(*[np.arange(-4, 5)] * 4), axis=-1).reshape(-1, 4)
    norms = np.rint(5 * (lattices.place(lattice, z) ** 2).sum(axis=1)).astype(int)
    counted = lattice.shells.costs(20)
    assert counted == {int(c): int((norms == c).sum()) for c in np.unique(norms[norms <= 20])}


def test_the_hexacode_and_the_golay_code():
    letters = (hexacode()[:, None] != hexacode()).sum(axis=2)
    assert len(np.unique(hexacode(), axis=0)) == 64 and set(np.unique(letters)) == {0, 4, 6}
    assert dict(zip(*np.unique(golay().sum(axis=1), return_counts=True))) == {0: 1, 8: 759, 12: 2576, 16: 759, 24: 1}
    words = {tuple(word) for word in golay()}
    some = golay()[:: 4096 // 40]
    assert len(words) == 4096 and all(tuple(a ^ b) in words for a in some for b in some)


BUILT = [
    ("Z5", 2),
    ("Z104", 3),
    ("A2", 3),
    ("A4*", 2.5),
    ("A8*", 3),
    ("D4", 3),
    ("E8", 1),
    ("E8", 3),
    ("Leech", 1.001),
    ("Leech", 3),
]


@pytest.mark.parametrize(("name", "rate"), BUILT)
def test_a_ball_has_every_point_that_it_needs_and_fits_its_bits(name, rate):
    """N <= 2^(nR), ceil(log2 N) bits, and up to the sphere, towards points left out, too, the nearest point is in the code."""
    q, rng = dqq.Lattice(name, rate, shape="ball"), dq.stream(3, "ball", name)
    assert dqq.nbits(q) == math.ceil(math.log2(dqq.points(q))) and dqq.rate(q) <= rate
    more = dqq.Ball(
        q.lattice, next(c for c in q.lattice.shells.costs(q.most + 20 * q.lattice.shells.unit) if c > q.most)
    )
    assert dqq.points(more) > 2 ** (q.dim * rate)  # and no larger ball would fit
    u = rng.standard_normal((40, q.dim))
    for row in range(20):  # ranks go from coset to coset: most of these points are in the last shell, which is left out
        digits = q.lattice.shells.unrank(more.most, (dqq.points(more) - 1) * row // 19)
        u[row] = lattices.place(q.lattice, q.lattice.from_digits(np.array(digits))) + 1e-9
    u /= np.linalg.norm(u, axis=1, keepdims=True)
    for row in u:
        message = dqq.send(q, row)
        nearest = lattices.nearest(q.lattice, row * q.radius) / q.radius
        assert message.nbits == dqq.nbits(q) and np.allclose(dqq.receive(q, message), nearest, atol=1e-12)
        assert np.linalg.norm(row - nearest) <= dqq.covering_radius(q) * (1 + 1e-9)


@pytest.mark.parametrize(("name", "rate"), BUILT)
def test_ranks_are_one_to_one(name, rate):
    q = dqq.Lattice(name, rate, shape="ball")
    shells, last = q.lattice.shells, dqq.points(q) - 1
    for i in range(60):
        rank = last * i // 59
        assert shells.rank(q.most, shells.unrank(q.most, rank)) == rank
    for rank in {last + 1, 2 ** dqq.nbits(q) - 1} - {last}:
        with pytest.raises(DecodeError):
            shells.unrank(q.most, rank)
    if last + 1 < 2 ** dqq.nbits(q):
        with pytest.raises(DecodeError):
            dqq.receive(q, int_to_message(last + 1, dqq.nbits(q)))


@pytest.mark.parametrize(
    ("name", "levels", "blocks"), [("A2", 5, 3), ("D4", 8, 5), ("E8", 3, 2), ("E8", 8, 13), ("Leech", 4, 2)]
)
def test_a_voronoi_code_brings_every_point_of_its_domain_to_the_nearest(name, levels, blocks):
    """Up to the ends of its domain, in the directions of the nearest points, where the cell of the code is narrowest."""
    lattice, rng = lattices.named(name), dq.stream(4, "voronoi", name)
    q = dqq.Voronoi(lattice, levels, blocks * lattice.dim)
    shells = lattice.shells
    least = sorted(shells.costs(round(4 * lattice.packing_radius**2 * shells.unit)))[1]
    ranks = rng.integers(0, shells.count(least), 10 * blocks).tolist()
    shortest = [lattices.place(lattice, lattice.from_digits(np.array(shells.unrank(least, r)))) for r in ranks]
    u = np.vstack([shortest, rng.standard_normal((20 * blocks, lattice.dim))]) + 1e-9
    u = (u / np.linalg.norm(u, axis=1, keepdims=True)).reshape(-1, q.dim)
    for row in u:
        nearest = lattices.nearest(lattice, row.reshape(blocks, -1) * q.radius).ravel() / q.radius
        assert np.allclose(dqq.quantize(q, row), nearest, atol=1e-9)
    hole = np.tile(lattice.deep_hole, blocks) / q.radius
    if dqq.inside(q, hole):
        error = np.linalg.norm(hole - dqq.quantize(q, hole))
        assert error == pytest.approx(dqq.covering_radius(q), rel=1e-9)
    assert dqq.nbits(q) == dqq.send(q, u[0]).nbits and q.rate == math.log2(levels)


def test_e8_at_three_bits_as_in_the_companion():
    """rho' = sqrt(blocks) (R / r) / (s - R / r): .774 for 13 blocks of E8 with s = 8, against 1.275 for the scalar quantizer."""
    q = dqq.Lattice("E8", rate=3, dim=104)
    ratio = math.sqrt(2)
    assert dqq.relative_radius(q) == pytest.approx(math.sqrt(13) * ratio / (8 - ratio), rel=1e-8)
    assert round(dqq.relative_radius(q), 3) == 0.774 and dqq.nbits(q) == 312
    assert round(dqq.relative_radius(dqq.UniformScalar(8, 104)), 3) == 1.275


def test_an_input_outside_is_projected_not_wrapped_around():
    for q in (dqq.Lattice("E8", 3, 16), dqq.Lattice("E8", 3, shape="ball"), dqq.Lattice("Leech", 3)):
        u = dq.stream(5, "outside").standard_normal(q.dim)
        u /= np.linalg.norm(u)
        for length in (1.5, 50.0, 1e100):
            clipped = dqq.quantize(q, length * u, outside="clip")
            assert np.linalg.norm(clipped) <= math.sqrt(q.dim) and clipped @ u > 0.5
        kernel = dqq.encode.kernel(q)
        broken = np.where(np.arange(q.dim) % 2, np.nan, np.inf)
        assert (0 <= kernel(q, broken, 1.0, None, 0)).all()  # what a diverging run may come with


def test_float32_is_encoded_as_float64_is():
    for q in (dqq.Lattice("E8", 3, 16), dqq.Lattice("Leech", 2, shape="ball")):
        for u in dq.stream(6, "single").uniform(-0.2, 0.2, (20, q.dim)).astype(np.float32):
            assert np.array_equal(dqq.encode(q, u), dqq.encode(q, u.astype(np.float64)))


@pytest.mark.parametrize(
    ("call", "word"),
    [
        (lambda: lattices.named("E7"), "'Leech'"),
        (lambda: lattices.named("Z0"), "name"),
        (lambda: lattices.named(8), "name"),
        (lambda: dqq.Lattice("E9", 3), "name"),
        (lambda: dqq.Lattice("E8", 3, dim=100), "such as 104"),
        (lambda: dqq.Lattice("Leech", 3, dim=104), "such as 120"),
        (lambda: dqq.Lattice("E8", 3, dim=104, shape="ball"), "shape='voronoi'"),
        (lambda: dqq.Lattice("E8", 3, shape="cube"), "shape"),
        (lambda: dqq.Lattice("E8", 0), "rate"),
        (lambda: dqq.Lattice("E8", -1.0), "rate"),
        (lambda: dqq.Lattice("E8", "3"), "rate"),
        (lambda: dqq.Lattice("E8", 0.9), "rate: a Voronoi code of E8 needs"),
        (lambda: dqq.Lattice("E8", 25), "rate"),
        (lambda: dqq.Lattice("A104*", 2), "rate: a Voronoi code of A104"),
        (lambda: dqq.Lattice("Leech", 0.4, shape="ball"), "rate: a ball of Leech needs at least 0.73"),
        (lambda: dqq.Lattice("Z104", 9, shape="ball"), "rate: too many shells"),
        (lambda: dqq.Ball(lattices.named("E8"), -1), "most"),
        (lambda: dqq.Voronoi(lattices.named("E8"), 8, 12), "dim"),
        (lambda: lattices.nearest(lattices.named("E8"), np.zeros(9)), "y"),
        (lambda: lattices.nearest(lattices.named("E8"), np.full(8, np.nan)), "y"),
        (lambda: dqq.pack(dqq.Ball(lattices.named("Z3"), 3), [0, 0, 0]), "codes"),
        (lambda: dqq.search_covering_radius(dqq.Lattice("D4", 3), starts=0), "starts"),
    ],
)
def test_bad_arguments_are_named(call, word):
    with pytest.raises((ValueError, TypeError), match=word):
        call()


def test_lattice_quantizers_survive_pickling_and_say_what_they_are():
    for q in (dqq.Lattice("Leech", 3, 48), dqq.Lattice("E8", 3, shape="ball"), dqq.Lattice("Z6", 2)):
        again = pickle.loads(pickle.dumps(q))
        assert type(again) is type(q) and repr(again) == repr(q) and dqq.points(again) == dqq.points(q)
    assert repr(dqq.Lattice("E8", 3, 104)) == "Voronoi(E8, levels=8, dim=104)"


def test_messages_of_a_ball_with_impossible_points_are_refused():
    q = dqq.Lattice("E8", 2, shape="ball")
    codes = dqq.encode(q, np.zeros(8))
    codes[1] += 40 if codes[1] + 40 < dqq.alphabet(q) else q.reach
    with pytest.raises(ValueError, match="codes"):
        dqq.pack(q, codes)
