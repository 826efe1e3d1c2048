"""Verbs, compilation and the cache: nothing stale, nothing compiled too early, learners' classes welcome."""

import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

import dqlab as dq
from dqlab import quantizers as dqq
from dqlab._generic import generic, jit, plain

from . import oracles

ROOT = Path(__file__).resolve().parents[1]

LEARNERS_CELL = """
import numpy as np
from typing import NamedTuple
import dqlab as dq

class Signs(NamedTuple):
    dim: int

@dq.quantizers.encode.register(Signs{option})
def encode_signs(quantizer, u, scale, rng, shared):
    return (u > 0).astype(np.int64)

@dq.quantizers.decode.register(Signs{option})
def decode_signs(quantizer, codes, scale, shared):
    return scale * (codes - 0.5)

@dq.quantizers.alphabet.register(Signs{option})
def two(quantizer):
    return 2
"""
USE = """
problem = dq.problems.random_spectrum(1.5, dq.stream(0, "problem"), n=2)
for name, algorithm in dq.algorithms.ALGORITHMS.items():
    if name.startswith(("nq_", "dq_", "ef_")) and not getattr(algorithm, "workers", False):
        run = algorithm(problem, Signs(2), steps=30, ranges=0.9 ** np.arange(30), record=())
        print(name, run.bits[-1], " ".join(f"{d:.9e}" for d in run.distance))
print(dq.quantizers.send(Signs(2), [0.3, -0.3]).nbits)
print(len(dq.algorithms.dq_gd.box.signatures), file=__import__("sys").stderr)
"""


def python(code, cwd=ROOT, **environment):
    environment = os.environ | {"PYTHONPATH": str(cwd)} | environment
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], cwd=cwd, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done


def test_a_learners_quantizer_runs_compiled_and_uncompiled_alike():
    compiled = python(LEARNERS_CELL.format(option="") + USE)
    uncompiled = python(LEARNERS_CELL.format(option=", compiled=False") + USE)
    assert compiled.stdout == uncompiled.stdout and "dq_gd 60 " in compiled.stdout
    if not os.environ.get("NUMBA_DISABLE_JIT"):
        assert (compiled.stderr.strip()[-1:], uncompiled.stderr.strip()[-1:]) == ("1", "0")


def test_a_learners_quantizer_leaves_nothing_in_the_cache(tmp_path):
    python(LEARNERS_CELL.format(option="") + USE, NUMBA_CACHE_DIR=str(tmp_path))
    assert not [path for path in tmp_path.rglob("*dq_gd_box*.nbc")]


def test_a_stale_kernel_never_runs(tmp_path):
    """An edit in one file must reach a compiled function of another that calls it, in the next process."""
    shutil.copytree(ROOT / "dqlab", tmp_path / "dqlab", ignore=shutil.ignore_patterns("__pycache__"))
    code = """
    import numpy as np, dqlab as dq
    problem = dq.problems.random_spectrum(4.0, dq.stream(0, "problem"), n=4)
    run = dq.algorithms.dq_gd(problem, dq.quantizers.UniformScalar(16, 4), steps=5)
    print(run.distance.tolist(), sum(dq.algorithms.dq_gd.box.stats.cache_hits.values()))
    """
    first = python(code, tmp_path).stdout
    second = python(code, tmp_path).stdout
    assert first.split()[-1] == "0" and second.split()[-1] == "1"  # compiled, then loaded from disk
    assert first.split()[:-1] == second.split()[:-1]
    edited = tmp_path / "dqlab" / "quantizers" / "uniform_scalar.py"
    stat = edited.stat()
    text = edited.read_text()
    assert "(c + c + shift)" in text
    edited.write_text(
        text.replace("(c + c + shift)", "(c + shift + c)").replace("of(0.5 * levels)", "of(0.4 * levels)")
    )
    os.utime(edited, ns=(stat.st_atime_ns, stat.st_mtime_ns))  # even where the clock says that nothing happened
    third = python(code, tmp_path).stdout
    assert third.split()[-1] == "0" and third.split()[:-1] != first.split()[:-1]
    for path in (tmp_path / "dqlab").rglob("*.py"):  # a cache that names a class in a module that is gone
        path.write_text(path.read_text().replace("uniform_scalar", "scalar_uniform"))
    edited.rename(edited.with_name("scalar_uniform.py"))
    fourth = python(code, tmp_path).stdout
    assert fourth.split()[-1] == "0" and fourth.split()[:-1] == third.split()[:-1]


def test_importing_compiles_nothing():
    code = """
    from numba.core import event
    with event.install_recorder("numba:compile") as recorder:
        import dqlab
    print(len(recorder.buffer))
    """
    assert python(code).stdout.strip() == "0"


def test_jit_keeps_the_source():
    @jit
    def double(x):
        return 2 * x

    assert double(4) == plain(double)(4) == 8 and plain(len) is len


def test_a_verb_names_what_it_knows():
    @generic
    def weigh(thing):
        """Weigh a thing."""
        return weigh.kernel(thing)(thing)

    class Stone(NamedTuple):
        weight: float

    class Pebble(Stone):
        pass

    class Air(NamedTuple):
        nothing: int

    @weigh.register(Stone)
    def _(thing):
        return thing.weight

    assert weigh(Stone(3.0)) == weigh(Pebble(3.0)) == 3.0 and weigh.__doc__ == "Weigh a thing."
    assert weigh.has(Pebble(1.0)) and not weigh.has(Air(0)) and weigh.classes == (Stone,)
    with pytest.raises(TypeError, match=r"Air has no kernel.*Stone.*register\(Air\)"):
        weigh(Air(0))


def test_compiled_code_takes_named_tuples_only():
    class Ordinary:
        dim = 1

    with pytest.raises(TypeError, match="Ordinary is none; make it one, or register with compiled=False"):
        dqq.encode.register(Ordinary)(lambda quantizer, u, scale, rng, shared: u)


def test_a_kernel_in_use_is_not_replaced_silently():
    class Cells(NamedTuple):
        dim: int

    @dqq.encode.register(Cells)
    def _(quantizer, u, scale, rng, shared):
        return np.zeros(u.size, np.int64)

    @dqq.encode.register(Cells)  # nobody has compiled the first one
    def _(quantizer, u, scale, rng, shared):
        return np.ones(u.size, np.int64)

    @jit
    def use(quantizer, u):
        return dqq.encode(quantizer, u).sum()

    assert use(Cells(2), np.zeros(2)) == 2
    with pytest.raises(ValueError, match="define the class Cells again"):

        @dqq.encode.register(Cells)
        def _(quantizer, u, scale, rng, shared):
            return u.astype(np.int64)


def test_streams_depend_on_seed_and_key_alone():
    draws = {
        key: dq.stream(1, *key).random(4).tolist()
        for key in [(), ("a",), ("a", 1), ("a", "1"), ("ab",), ("a", "b"), (1,), (1, 0)]
    }
    assert len({tuple(values) for values in draws.values()}) == len(draws)
    assert dq.stream(1, "a").random(4).tolist() == draws[("a",)] != dq.stream(2, "a").random(4).tolist()
    assert dq.stream(0, "worker", 3).integers(0, 10**6, 3).tolist() == [
        169736,
        804172,
        474850,
    ]  # a stream never changes
    for bad in (-1, 0.5, "x", None, True):
        with pytest.raises((TypeError, ValueError), match="seed"):
            dq.stream(bad)
    with pytest.raises(TypeError, match="key"):
        dq.stream(0, 1.5)


def test_counter_draws_are_splitmix64():
    for key in (0, 1, 4590102100303531439, 2**63 - 1):
        for index in (0, 1, 2, 10**6):
            assert dq.streams.uniform(key, index) == oracles.splitmix_uniform(key, index)


@pytest.mark.statistical
def test_counter_draws_look_uniform_and_independent():
    """Chi-square over 64 cells and serial correlation for 20 keys; each of 40 tests at 1e-5, so 4e-4 over all."""
    from scipy import stats

    @jit
    def draws(key, out):
        for i in range(out.size):
            out[i] = dq.streams.uniform(key, i)

    for k in range(20):
        u = np.empty(50_000)
        draws(dq.streams.key(dq.stream(k, "counter")), u)
        assert 0 <= u.min() and u.max() < 1
        counts = np.bincount((64 * u).astype(int), minlength=64)
        assert stats.chisquare(counts).pvalue > 1e-5
        correlation = np.corrcoef(u[:-1], u[1:])[0, 1]
        assert abs(correlation) * np.sqrt(u.size) < stats.norm.isf(0.5e-5)


def test_neighbouring_keys_share_no_draws():
    @jit
    def draw(key, i):
        return dq.streams.uniform(np.uint64(key), i)

    seen = {draw(key, i) for key in range(50) for i in range(200)}
    assert len(seen) == 50 * 200
