"""What is special to one quantizer, and the geometry (17)-(19) by search."""

import math
import os
import pickle
import subprocess
import sys
import textwrap
from typing import NamedTuple

import numpy as np
import pytest

import dqlab as dq
from dqlab import quantizers as dqq
from dqlab.quantizers.codebook import ball_covering_radius

from .conftest import ROOT


@pytest.mark.parametrize(("levels", "dim"), [(2, 1), (3, 1), (2, 2), (5, 2), (4, 3), (3, 4)])
def test_the_search_finds_the_covering_radius_of_the_cube(levels, dim):
    q = dqq.UniformScalar(levels, dim)
    found = dqq.search_covering_radius(q, starts=60)
    assert 0.995 * math.sqrt(dim) / levels <= found <= math.sqrt(dim) / levels * (1 + 1e-9)
    assert dqq.covering_efficiency(q) == pytest.approx(math.sqrt(dim))


def test_the_covering_radius_of_a_codebook():
    assert ball_covering_radius([[-0.5], [0.5]]) == 0.5
    assert ball_covering_radius([[0.0]]) == 1.0
    assert ball_covering_radius([[0.0, 0.0]]) == pytest.approx(1.0)
    triangle = 0.5 * np.array([[math.cos(a), math.sin(a)] for a in 2 * math.pi * np.arange(3) / 3])
    assert ball_covering_radius(triangle) == pytest.approx(
        math.sqrt(0.75), abs=1e-7
    )  # half way between two points, on the circle
    cross = np.vstack([np.eye(4), -np.eye(4)]) * 0.5
    assert ball_covering_radius(cross) == pytest.approx(math.sqrt(1 + 0.25 - 0.5), abs=1e-6)  # towards (1, 1, 1, 1) / 2
    q = dqq.Codebook.hexagonal(40)
    found = dqq.search_covering_radius(q, starts=60)
    assert 0.99 * q.covering_radius <= found <= q.covering_radius * (1 + 1e-6)


def test_hexagonal_codebooks_approach_the_covering_efficiency_of_their_lattice():
    """Thickness 2 pi / (3 sqrt 3) = 1.2092 (COMPANION 2.5), so rho -> 1.0996 from above as the boundary matters less."""
    rho = [dqq.covering_efficiency(dqq.Codebook.hexagonal(count)) for count in (7, 37, 151)]
    assert rho[0] > rho[-1] > math.sqrt(2 * math.pi / (3 * math.sqrt(3)))
    assert rho[-1] < 1.25 < math.sqrt(math.pi / 2)  # already better than the square lattice's limit


@pytest.mark.parametrize("rate", [1.0, 1.5, 2.0, math.log2(3), 3.7, 12.0])
def test_a_real_rate_buys_whole_levels(rate):
    q = dqq.UniformScalar.at_rate(rate, 5)
    assert q.levels <= 2**rate * (1 + 1e-9) < q.levels + 1 and q.rate == math.log2(q.levels)


def test_one_level_is_the_quantizer_of_rate_zero():
    q = dqq.UniformScalar(1, 5)
    sent = dqq.send(q, np.full(5, 0.4))
    assert (sent.nbits, sent.words.size, dqq.nbits(q), q.rate, dqq.points(q)) == (0, 0, 0, 0.0, 1)
    assert not dqq.receive(q, sent).any() and not dqq.receive(q, dq.bits.Message.from_bytes(b"", 0), 7.0).any()
    assert dqq.covering_radius(q) == dqq.covering_efficiency(q) == 1  # over the ball: an input lost whole, and no more
    assert dqq.search_covering_radius(q, starts=20) == pytest.approx(1.0)
    assert dqq.inside(q, np.full(5, 0.44)) and not dqq.inside(q, np.full(5, 0.45))  # 5 * 0.45**2 > 1
    long = dqq.UniformScalar(1, 1 << 18)
    assert (
        dqq.send(long, np.zeros(1 << 18)).nbits == 0 and not dqq.receive(long, dqq.send(long, np.zeros(1 << 18))).any()
    )
    with pytest.raises(dq.bits.DecodeError):
        dqq.receive(q, dq.bits.Message(np.zeros(1, np.uint64), 1))


def test_odd_levels_have_an_exact_zero():
    for levels in (3, 5, 7, 99):
        assert np.array_equal(dqq.quantize(dqq.UniformScalar(levels, 2), [0.0, 1e-9]), np.zeros(2))


def test_the_error_is_smaller_than_the_radius_by_root_three():
    """A uniform input has an error uniform over the cell: rms = radius / sqrt 3 (COMPANION 2.1)."""
    q = dqq.UniformScalar(16, 400)
    rng = dq.stream(0, "uniform")
    errors = [np.linalg.norm(u - dqq.quantize(q, u)) for u in rng.uniform(-1, 1, (200, 400))]
    assert np.sqrt(np.mean(np.square(errors))) * math.sqrt(3) == pytest.approx(dqq.covering_radius(q), rel=0.01)


@pytest.mark.parametrize(
    ("call", "word"),
    [
        (lambda: dqq.UniformScalar(-1, 3), "levels"),
        (lambda: dqq.UniformScalar(0, 3), "levels"),
        (lambda: dqq.UniformScalar(2.5, 3), "levels"),
        (lambda: dqq.UniformScalar(2**31, 3), "levels"),
        (lambda: dqq.UniformScalar(4, 0), "dim"),
        (lambda: dqq.UniformScalar.at_rate(0.5, 3), "rate"),
        (lambda: dqq.UniformScalar.at_rate(np.nan, 3), "rate"),
        (lambda: dqq.Identity(0), "dim"),
        (lambda: dqq.Codebook([[0.0]]), "points"),
        (lambda: dqq.Codebook([[0.5], [0.5]]), "points"),
        (lambda: dqq.Codebook([[0.5], [np.nan]]), "points"),
        (lambda: dqq.Codebook([0.5, 0.1]), "points"),
        (lambda: dqq.Codebook([[0.5], [0.1]], covering_radius=-1.0), "covering_radius"),
        (lambda: dqq.Codebook.hexagonal(1), "count"),
        (lambda: dqq.Codebook.scaled([[0.0, 0.0]]), "points"),
        (lambda: dqq.search_covering_radius(dqq.UniformScalar(2, 1), starts=0), "starts"),
        (lambda: dqq.encode(object(), [1.0]), "object has no kernel"),
        (lambda: dqq.encode(dqq.UniformScalar(4, 1), [0.5], rng=3), "rng"),
        (lambda: dqq.encode(dqq.UniformScalar(4, 1), [0.5], "1"), "scale"),
    ],
)
def test_bad_arguments_are_named(call, word):
    with pytest.raises((ValueError, TypeError), match=word):
        call()


@pytest.mark.parametrize("levels", [2, 4, 16, 256, 512, 3])
@pytest.mark.parametrize("dim", [3, 4096, 4097, (1 << 17) + 4099])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_one_pass_writes_the_bits_of_two(levels, dim, dtype):
    """`send` and `receive` on one core and on many equal `pack` after `encode` and `decode` after `unpack`."""
    q = dqq.UniformScalar(levels, dim)
    u = dq.stream(0, "long").uniform(-0.3, 0.3, dim).astype(dtype)
    two = dqq.pack(q, dqq.encode(q, u, 0.3))
    one = dqq.send(q, u, 0.3)
    assert one.nbits == two.nbits and np.array_equal(one.words, two.words)
    scale = dtype(0.3)
    assert np.array_equal(dqq.receive(q, one, scale), dqq.decode(q, dqq.unpack(q, two), scale))


@pytest.mark.parametrize("levels", [2**24, 2**24 + 1, 2**25, 2**25 - 1, 2**30])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_ends_of_the_cube_stay_in_the_alphabet(levels, dtype):
    """In float32 the number of the last cell may round up to one that does not exist."""
    q, ends = dqq.UniformScalar(levels, 2), np.array([-1.0, 1.0], dtype)
    codes = dqq.encode(q, ends)
    assert codes[0] == 0 and levels * (1 - 2**-23) <= codes[1] < levels
    assert np.allclose(dqq.receive(q, dqq.send(q, ends), dtype(1.0)), ends, atol=1e-6)


@pytest.mark.parametrize(
    ("dtype", "scale"), [(np.float64, 5e-324), (np.float64, 1e308), (np.float32, 1e-50), (np.float32, 1e39)]
)
def test_a_scale_without_room_for_its_cells_is_refused(dtype, scale):
    q, u = dqq.UniformScalar(16, 2), np.zeros(2, dtype)
    for verb in (dqq.encode, dqq.quantize, dqq.send, dqq.inside):
        with pytest.raises(ValueError, match="scale"):
            verb(q, u, scale)


@pytest.mark.parametrize("u", [[1j, 0.0], ["0.1", "0.2"], np.array([1j, 0.0])])
def test_only_real_numbers_are_vectors(u):
    for verb in (dqq.encode, dqq.send, dqq.inside):
        with pytest.raises(TypeError, match="u: expected a vector of numbers"):
            verb(dqq.UniformScalar(4, 2), u)


def test_what_numbers_lie_in_does_not_matter():
    q, u = dqq.UniformScalar(16, 3), np.array([-1.0, 0.0, 1.0])
    frozen, wide = u.copy(), np.repeat(u, 2)
    frozen.flags.writeable = False
    for same in ([-1, 0, 1], u.astype(np.int8), u.astype(np.float16), u.astype(">f8"), frozen, wide[::2]):
        assert np.array_equal(dqq.encode(q, same), dqq.encode(q, u)) and dqq.inside(q, same)
        assert np.array_equal(dqq.send(q, same).words, dqq.send(q, u).words)
    identity = dqq.Identity(2)
    assert np.array_equal(dqq.decode(identity, np.zeros(2, np.int32)), [0.0, 0.0])


def test_a_codebook_keeps_its_points():
    points = np.array([[-0.5], [0.5]])
    q = dqq.Codebook(points)
    points[:] = 0.0
    assert q.points.tolist() == [[-0.5], [0.5]]


def test_quantizers_survive_pickling():
    for q in (dqq.UniformScalar(5, 3), dqq.Identity(3), dqq.Codebook([[-0.5], [0.5]], covering_radius=0.5)):
        again = pickle.loads(pickle.dumps(q))
        assert type(again) is type(q) and repr(again) == repr(q)


def test_without_a_domain_the_covering_radius_is_that_of_the_ball():
    class Rounding(NamedTuple):
        dim: int

    @dqq.encode.register(Rounding, compiled=False)
    def _(quantizer, u, scale, rng, shared):
        return np.clip(np.round(10 * u / scale) + 20, 0, 40).astype(np.int64)

    @dqq.decode.register(Rounding, compiled=False)
    def _(quantizer, codes, scale, shared):
        return 0.1 * scale * (codes - 20)

    assert dqq.covering_radius(Rounding(2)) == pytest.approx(0.05 * math.sqrt(2), rel=0.01)


def test_threads_may_send_long_vectors_together_on_any_machine():
    """On numba's own threading layer, the only one where there is no OpenMP, a second caller would end the process."""
    code = """
    import numpy as np
    from concurrent.futures import ThreadPoolExecutor
    from dqlab import bits, quantizers as dqq
    q = dqq.UniformScalar(16, 1 << 18)
    u = np.linspace(-1, 1, q.dim)
    def there_and_back(_):
        message = dqq.send(q, u)
        codes = bits.unpack_fixed(bits.pack_fixed(bits.unpack_fixed(message, q.dim, 4), 4), q.dim, 4)
        return dqq.receive(q, message).sum(), int(codes.sum())
    alone = there_and_back(0)
    with ThreadPoolExecutor(4) as pool:
        print(set(pool.map(there_and_back, range(40))) == {alone})
    """
    environment = os.environ | {"NUMBA_THREADING_LAYER": "workqueue", "NUMBA_NUM_THREADS": "2"}
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert done.stdout == "True\n", done.stderr
