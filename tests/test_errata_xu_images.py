"""What Section 5 of Xu et al. gets wrong, or leaves open, on convolutional networks."""

import numpy as np
import pytest

import dqlab as dq
from dqlab.experiments import xu

from .test_claims_xu_images import of_layers, small_network


def test_D34_the_error_of_table_3_depends_on_the_size_of_the_weights():
    problem, x = small_network()
    first, scaled = of_layers(problem, "conv1/w", "conv1/bi"), x.copy()
    scaled[first] /= 4
    assert dq.problems.value(problem, scaled) == pytest.approx(dq.problems.value(problem, x), rel=1e-6)
    for quantizer in (dq.quantizers.Threshold(first.size), dq.quantizers.TernGrad(first.size)):
        sent = []
        for y in (x, scaled):
            g = dq.problems.gradient(problem, y)[first]
            q = dq.quantizers.quantize(quantizer, g, rng=dq.stream(0, "coins"))
            sent.append((np.sign(q), np.mean((q - g) ** 2), np.sum((q - g) ** 2) / np.sum(g**2)))
        (letters, error, relative), (letters4, error4, relative4) = sent
        assert np.array_equal(letters, letters4)
        assert error4 / error == pytest.approx(16, rel=1e-4) and relative4 == pytest.approx(relative, rel=1e-4)


def test_D35_eta_moves_the_sparsity_of_qrda_as_lambda_does():
    """Of the weights 12.9 % are left with Table 2's numbers; ten times lambda leaves 2.8 %, ten times eta 4.6 %, a tenth of it 32 %."""
    runs = xu.kept_images("paths").frame.set_index(["method", "varied", "factor"]).sparsity["rda_adagrad"]
    rest = {varied: (100 - 100 * runs[varied]).round(1) for varied in ("penalty", "stepsize")}
    assert rest["penalty"][1] == rest["stepsize"][1] == 12.9
    assert (
        rest["penalty"][10] == 2.8
        and rest["stepsize"][10] == 4.6
        and rest["stepsize"][0.1] == pytest.approx(32, abs=0.5)
    )


def test_D36_gradients_of_a_full_layer_are_not_near_gaussian():
    rows = xu.layer_rows(xu.kept_images("histograms"))
    full = rows[rows.layer == xu.LAYERS[1]]
    assert full["kurtosis"].min() > 8 and full.ratio.min() > 1.1
    loss = full["rule"] / full["exact"] - 1
    assert 0.05 < loss.min() and 0.1 < loss.mean() < 0.2
