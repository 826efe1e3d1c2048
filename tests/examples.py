"""One instance or more of every registered quantizer and problem: what the contract suites run over."""

from functools import cache

import numpy as np

from dqlab import problems, quantizers, streams

QUANTIZERS = {
    quantizers.UniformScalar: [(1, 5), (2, 1), (3, 5), (16, 9), (7, 130), (64, 200), (1000, 3)],
    quantizers.Codebook: ["line", "hexagonal", "random"],
    quantizers.Identity: [(1,), (7,)],
    quantizers.Voronoi: [("E8", 3, 24), ("D4", 2.6, 8), ("A2", 4, 6), ("Z3", 3.2, 6), ("Leech", 3)],
    quantizers.Ball: [("Z5", 2), ("E8", 2), ("A4*", 2.5), ("Z40", 1.5), ("Leech", 2)],
    quantizers.SimQ: [(1.5, 1), (3.0, 5), (6.0, 33)],
    quantizers.SimQPlus: [(1.5, 1, 3), (3.0, 5, 4), (3.0, 5, 4, False), (5.5, 29, 40), (5.5, 29, 3, False)],
    quantizers.SketchedSimQ: [(1.5, 1, 1), (3.0, 5, 4), (6.0, 33, 2)],
    quantizers.CoordinateUniform: [(1.0, 7, 1), (1.5, 3, 9), (1.0, 5, 130), (2.0, 301, 70)],
    quantizers.AGUQ: [(0.7, 4, 7), (0.3, 5, 6, 3.0), (1.2, 1, 2)],
    quantizers.UniformGain: [(1.0, 3.0, 5), (1.0, 1.7, 100)],
    quantizers.GainShape: ["RATQ", "SimQ+"],
    quantizers.SplitLq: [(1.0, 1, 3.0), (1.0, 9, 3.0), (1.5, 26, 2.1), (1.0, 6, float("inf")), (1.0, 40, 2.2, True)],
    quantizers.ScaledSign: [(1,), (5,), (70,)],
    quantizers.RATQ: [(1.5, 1), (1.0, 3), (1.5, 5), (1.0, 64), (1.0, 9, 5, 3)],
    quantizers.SubsampledRATQ: [(1.5, 1, 3), (1.0, 6, 12), (1.0, 64, 320), (1.5, 33, 200)],
    quantizers.Grid: [(0.25, 1, 1.0), (0.4, 9, 1.5), (0.001, 70, 2.0), (1 / 3, 130, 1.0)],
    quantizers.LowPrecision: [(1, 1), (2, 9), (64, 130), (300, 70)],
    quantizers.TernGrad: [(1,), (9,), (130, "l2"), (70, "max", 1.5), (33, "l2", 1.0, (20, 13))],
    quantizers.Threshold: [(1,), (9,), (130, "gaussian"), (33, "exact", (20, 13))],
    quantizers.Float32: [(1,), (9,)],
}
SHAPED = {
    "RATQ": lambda: quantizers.GainShape(quantizers.AGUQ(0.4, 4, 7), quantizers.RATQ(1.0, 5)),
    "SimQ+": lambda: quantizers.GainShape(
        quantizers.UniformGain(1.0, 3.0, 5), quantizers.SimQPlus.for_norm(1.0, 7, p=3), order=1.5
    ),
}
GAINS = (quantizers.AGUQ, quantizers.UniformGain)  # they take no negative number


@cache
def quantizer(cls, which):
    """Example number `which` of a class."""
    recipe = QUANTIZERS[cls][which]
    if cls is quantizers.GainShape:
        return SHAPED[recipe]()
    if cls in (quantizers.Voronoi, quantizers.Ball):
        return quantizers.Lattice(*recipe, shape=cls.__name__.lower())
    if cls is not quantizers.Codebook:
        return cls(*recipe)
    if recipe == "line":
        return cls([[-0.7], [0.1], [0.75]])
    if recipe == "hexagonal":
        return cls.hexagonal(19)
    return cls(streams.stream(3, "codebook").uniform(-0.8, 0.8, (33, 3)))


def registered(verb):
    """The classes of dqlab that have a kernel of their own for a verb."""
    return [cls for cls in verb.classes if cls is not object and cls.__module__.startswith("dqlab.")]


CASES = [(cls, which) for cls in registered(quantizers.encode) for which in range(len(QUANTIZERS[cls]))]


def inputs(instance, count, scale, seed=0):
    """Vectors in the domain at a scale: 0, the ends of the axes of the ball, and random points of the ball; of gains, sizes."""
    if isinstance(instance, GAINS):
        instance = quantizers.Identity(1)
        yield from (abs(u) for u in inputs(instance, count, scale, seed))
        return
    rng = streams.stream(seed, "inputs")
    n = instance.dim
    axis = np.zeros(n)
    axis[0] = 1.0
    yield from (np.zeros(n), scale * axis, -scale * axis, scale * np.ones(n) / np.sqrt(n))
    for _ in range(count):
        u = rng.standard_normal(n)
        yield scale * rng.random() ** (1 / n) * u / np.linalg.norm(u)


PROBLEMS = {
    "least squares": lambda: problems.random_spectrum(7.0, streams.stream(0, "problem"), n=6),
    "two coordinates": lambda: problems.random_spectrum(3.0, streams.stream(0, "problem"), n=2),
    "sparse": lambda: _sparse(),
    "logistic": lambda: _logistic(),
    "worst case": lambda: problems.worst_case_quadratic(np.zeros(5), 9.0, 1.0, streams.stream(0, "problem")),
}
# Problems that the contract of problems covers, and that of algorithms does not: heavy ball need not converge on them.
APART = {
    "flat stretch": lambda: problems.FlatStretch(25.0, 1.0, minimiser=[0.0, -3.0, 1.0], signs=[1.0, -1.0, 1.0]),
    "flat stretch with ramps": lambda: problems.FlatStretch(9.0, 2.0, 0.5, 1.5, 0.8, [0.5, -1.0]),
}

# First-order oracles: what the contracts of oracles and of the algorithms that query them run over.
ORACLES = {
    "absolute loss": lambda: problems.AbsoluteRegression.planted(streams.stream(0, "oracle"), 12, p=2, samples=30),
    "absolute loss, p = 1": lambda: problems.AbsoluteRegression.planted(
        streams.stream(0, "oracle"), 12, p=1, samples=30
    ),
    "absolute loss, p = 1.25": lambda: problems.AbsoluteRegression.planted(streams.stream(0, "oracle"), 9, p=1.25),
    "absolute loss, p = inf": lambda: problems.AbsoluteRegression.planted(
        streams.stream(0, "oracle"), 8, p=np.inf, bound=2.0, radius=0.5, minimiser=np.full(8, 0.5)
    ),
    "absolute loss of data": lambda: _absolute(),
    "hinge loss": lambda: _classifier(problems.Hinge, p=3, radius=2.0),
    "hinge loss, p = 1": lambda: _classifier(problems.Hinge, p=1, radius=3.0),
    "logistic loss": lambda: _classifier(problems.LogisticOracle, p=1.5, radius=2.0),
    "Bernoulli": lambda: problems.bernoulli_oracle([1, -1, 1, 1, -1, -1, 1], delta=0.2, p=1.5, D=2.0, B=1.5),
    "Paninski": lambda: problems.paninski_oracle([-1, -1, 1, -1, 1], delta=0.3, p=np.inf),
    "heavy tails": lambda: problems.HeavyTailed(oracle("absolute loss"), problems.Gain.pareto(2.05)),
    "rare": lambda: problems.HeavyTailed(oracle("absolute loss"), problems.Gain.rare(0.05)),
    "decided by rare answers": lambda: problems.rare_oracle(0.1, p=3, dim=2, D=2.0, B=1.5),
}


@cache
def oracle(name):
    """An oracle by its name."""
    return ORACLES[name]()


def _absolute():
    rng = streams.stream(1, "oracle")
    return problems.AbsoluteRegression.from_data(
        rng.standard_normal((25, 6)), rng.standard_normal(25), p=4, radius=0.4, order=2.5, bound=1.5
    )


def _classifier(cls, p, radius):
    rng = streams.stream(2, "oracle")
    A = rng.standard_normal((40, 7)) * (rng.random((40, 7)) < 0.5)
    y = np.where(A @ rng.standard_normal(7) + rng.standard_normal(40) > 0, 1.0, -1.0)
    return cls.from_data(A, y, p, radius, bound=1.0)


@cache
def problem(name):
    """A problem by its name."""
    return (PROBLEMS | APART)[name]()


def _sparse():
    import scipy.sparse as sp

    rng = streams.stream(0, "sparse")
    A = sp.random_array((40, 12), density=0.3, rng=rng) + sp.vstack([sp.eye_array(12), sp.csr_array((28, 12))])
    return problems.SparseLeastSquares.from_data(A.tocsr(), rng.standard_normal(40))


def _logistic():
    rng = streams.stream(0, "logistic")
    A = rng.standard_normal((60, 5))
    return problems.Logistic.from_data(
        A, np.where(A @ rng.standard_normal(5) + rng.standard_normal(60) > 0, 1.0, -1.0), 0.1
    )
