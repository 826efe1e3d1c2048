"""What a mask leaves out, and where a network must not start."""

import numpy as np

from dqlab import algorithms, problems
from dqlab.streams import stream

from . import oracles
from .test_claims_xu_algorithms import DELTA, OPTIONS, slopes


def test_D23_from_zero_all_hidden_units_are_one():
    """Five units by (17) from x_1 = 0: in every step they are alike; around a random centre they are not."""
    rng, hidden = stream(0, "images"), 5
    y = rng.integers(0, 2, 40)
    X = rng.standard_normal((40, 3)) + y[:, None]
    network = problems.Perceptron.from_data(X, y, nodes=2, hidden=[hidden])
    for centre, alike in ((np.zeros(network.dim), True), (network.start(rng, dtype=np.float64), False)):
        path, slopes = [centre], []
        for t in range(1, 31):
            slopes.append(problems.gradient(network, path[-1]))
            path.append(oracles.dual_update(path[-1], np.array(slopes), t, 0.5, 1e-3, DELTA, centre))
        weights = path[-1][: 3 * hidden].reshape(3, hidden)
        assert np.abs(weights).max() > 0.1 and (np.ptp(weights, axis=1).max() < 1e-12) == alike
    # Both layers at 0: no gradient at all for the first one.
    assert not problems.gradient(network, np.zeros(network.dim))[: 4 * hidden].any()


def test_D24_gradients_at_zeros_are_not_unnecessary():
    """One worker, 32 bits, 400 steps: what the mask leaves out of sums and steps."""
    given = OPTIONS | {"steps": 400, "delta": DELTA, "penalty": 0.15}

    def final(function, select, **options):
        return function(slopes(), select=select, **(given | options)).final

    dense, masked = (final(algorithms.rda_adagrad, select) for select in (None, "shared"))
    delivered = final(algorithms.rda_adagrad, "shared", feedback=True)
    assert [np.count_nonzero(x) for x in (dense, masked, delivered)] == [4, 2, 4]
    assert round(np.abs(dense - masked).max(), 2) == 0.36 and round(np.abs(dense - delivered).max(), 2) == 0.02
    assert np.abs(np.subtract(*(final(algorithms.cmd_adagrad, select) for select in (None, "shared")))).max() > 0.009
    plain = [final(lambda p, delta, **o: algorithms.prox_gd(p, **o), select) for select in (None, "shared")]
    assert np.array_equal(*plain)
