"""Tables 1 to 3 and Figure 6 of Xu et al. on text: what the data are, what the runs give, what messages cost."""

import numpy as np
import pytest
from scipy import sparse

import dqlab as dq
from dqlab.experiments import xu
from dqlab.theory import xu as theory

FULL = xu.full_table3("docstrings")
NEWS = xu.full_table3("news20")


@pytest.fixture(scope="module")
def text():
    return xu.text_split("docstrings", dq.stream(0, "split"), workers=2)


@pytest.fixture(scope="module")
def short():
    """Two passes over the data, two trials."""
    names = [name for name, method in xu.METHODS.items() if method.double or name.startswith("32")]
    return xu.table3(scale=0.2, trials=2, methods=names, progress=False)


def verdicts(claim, value, result=FULL):
    found = xu.orderings(result)
    return found[(found.claim == claim) & (found.value == value)].verdict.tolist()


def test_table_1_the_data(text):
    assert xu.TABLE1["rcv1"].train + xu.TABLE1["rcv1"].test == xu.COLLECTION["rcv1"] == 697_641
    rows = text.problem.rows.matrix()
    np.testing.assert_allclose(np.asarray(rows.multiply(rows).sum(axis=1)).ravel(), 1)
    assert text.problem.dim > 20_000 and np.diff(rows.indptr).mean() < 200
    assert abs(text.problem.y.mean()) < 0.1


def test_table_2_with_its_settings_models_learn(short):
    """CMD, prox-gd, and QRDA in the whole-run reading: far above guessing after two passes, and sparse."""
    means = short.frame.groupby("method")[["accuracy", "sparsity"]].mean()
    assert (means.accuracy > 65).all() and means.accuracy["32-bits CMD adagrad"] > 96
    assert means.sparsity.between(60, 99.99).all()


def test_table_3_threshold_has_the_smaller_error(short):
    assert verdicts("threshold beats ternary", "error") == ["holds"] * 4
    found = xu.orderings(short)
    now = found[(found.claim == "threshold beats ternary") & (found.value == "error")]
    assert len(now) == 2 and (now.difference > np.log(4)).all()


def test_table_3_threshold_in_sparsity_and_accuracy():
    assert sorted(verdicts("threshold beats ternary", "sparsity")) == ["fails", "holds", "holds", "holds"]
    assert sorted(verdicts("threshold beats ternary", "accuracy")) == ["fails", "holds", "open", "open"]
    assert sorted(verdicts("threshold beats ternary", "sparsity", NEWS)) == ["fails", "fails", "holds", "holds"]
    assert verdicts("threshold beats ternary", "accuracy", NEWS) == ["holds"] * 4


def test_table_3_rda_is_sparser(short):
    assert verdicts("RDA is sparser than CMD", "sparsity") == ["holds"] * 5
    found = xu.orderings(short)
    assert (found[found.claim == "RDA is sparser than CMD"].difference > 15).all()


def test_table_3_cmd_against_prox_gd():
    assert verdicts("CMD beats prox-gd", "accuracy") == ["holds"]
    assert verdicts("CMD beats prox-gd", "sparsity") == ["fails"]


def test_table_3_a_second_quantization_costs_little():
    assert verdicts("double quantization costs little", "accuracy") == ["holds"] * 2


def test_the_mask_decides_which_quantizer_is_sparser(text):
    """Doubly quantized RDA: with the shared history ternary is sparser and less accurate, without a mask it is the other way round."""

    def run(name, select):
        result = xu.run_method(
            name, text.problem, xu.TABLE2["rcv1"], seed=0, steps=700, reading="whole run", select=select
        )
        return text.accuracy(result.final), result.sparsity[-1]

    for select, sign in (("shared", 1), (None, -1)):
        ternary, threshold = (run(f"{kind} RDA adagrad", select) for kind in ("Ternary", "Threshold"))
        assert sign * (threshold[0] - ternary[0]) > 0.005 and sign * (ternary[1] - threshold[1]) > 5e-4


def test_the_penalty_that_silences_qrda():
    """lambda >= max |a| / 2 keeps x at 0 for any data; half of it does not, on rows that agree."""
    X, y = sparse.csr_array(np.full((8, 3), 0.5)), np.ones(8)
    problem = dq.problems.DecentralisedLogistic.from_data(X, y, nodes=2, strength=0.0)
    for uplink in (dq.quantizers.TernGrad(3), dq.quantizers.Threshold(3)):
        for penalty, wakes in ((0.25, False), (0.125, True)):
            run = dq.algorithms.rda_adagrad(
                problem, steps=20, batch=4, stepsize=1.0, penalty=penalty, uplink=uplink, downlink=uplink, select=None
            )
            assert run.final.any() == wakes


def test_the_rule_of_thumb_keeps_every_nonzero_of_a_sparse_vector():
    v = np.zeros(10_000)
    v[:40] = dq.stream(1, "v").uniform(0.5, 3, 40) * np.where(np.arange(40) % 3, 1, -1)
    assert 0.75 * np.abs(v).sum() / v.size < 0.5
    kept = dq.quantizers.quantize(dq.quantizers.Threshold(v.size, rule="gaussian"), v)
    np.testing.assert_allclose(kept, np.sign(v) * np.abs(v).sum() / 40, rtol=1e-6)
    assert np.sum((kept - v) ** 2) == pytest.approx(np.sum(v**2) - np.abs(v).sum() ** 2 / 40, rel=1e-6)


@pytest.mark.parametrize(("k", "d"), [(0, 1), (10, 10), (130_400, 1_000_000), (3, 31_883)])
def test_savings_are_ratios_of_message_lengths(k, d):
    masked, full = theory.masked_bits(d, k), 32 * d
    assert theory.savings_one_way(k, d) == pytest.approx(1 - (masked + full) / (2 * full))
    assert theory.savings_two_way(k, d) == pytest.approx(1 - 2 * masked / (2 * full))
    assert theory.savings_two_way(k, d, k_down=d) == pytest.approx(1 - (masked + theory.masked_bits(d, d)) / (2 * full))
    for density in (0.0, 0.1304, 0.99):
        saved = (theory.savings_one_way(density * 1e9, 1e9), theory.savings_two_way(density * 1e9, 1e9))
        assert [theory.density_of(s, w) for s, w in zip(saved, (1, 2), strict=True)] == pytest.approx(
            [density] * 2, abs=1e-6
        )


def test_figure_6_transmission():
    """From counted bits: 32 bits cost 64 d; the doubly quantized threshold RDA is within a percent of the least; masks halve messages at most."""
    found = xu.transmission(FULL)
    d = int(FULL.frame.dim[0])
    assert found.total["32-bits RDA adagrad"] == pytest.approx(theory.seconds(64 * d))
    assert found.total["Threshold RDA adagrad"] < 1.01 * found.total.min()
    assert (found.total[["Threshold CMD adagrad", "Ternary CMD adagrad"]] > theory.seconds(2 * d)).all()
    assert found.saved["Threshold RDA adagrad"] < 31 / 32
    rows = FULL.frame[FULL.frame.method == "Threshold RDA adagrad"]
    np.testing.assert_allclose(rows.up, 32 + d + 2 * d * rows.density)
