from otter.test_files import test_case

OK_FORMAT = False

name = "q2b"
points = 7

@test_case(points=0, hidden=False)
def test_values(one_coin):
    """The message has the right shape, signs and level."""
    import numpy as np
    v = np.array([2.0, -1.0, 0.0, 0.5])
    q = one_coin(v, np.random.default_rng(0))
    assert np.shape(q) == (4,), 'return one number for each coordinate'
    assert set(np.abs(q).tolist()) <= {0.0, 2.0}, 'all entries should be 0 or plus or minus the largest magnitude'
    assert q[0] == 2 and q[2] == 0, 'the largest coordinate has the chance 1, a zero has the chance 0'
    assert not np.any(one_coin(np.zeros(3), np.random.default_rng(0))), 'a zero vector gives zeros'

@test_case(points=0, hidden=False)
def test_two_equal(one_coin):
    """Two coordinates of one half: one of them is kept, never both, and either in half of the draws."""
    import numpy as np
    rng = np.random.default_rng(1)
    draws = np.array([one_coin(np.array([1.0, 0.5, 0.5]), rng) for _ in range(200)])
    assert (draws[:, 1] + draws[:, 2] == 1).all(), 'exactly one of the two coordinates of 0.5 should be kept'
    assert 60 < draws[:, 1].sum() < 140, 'either of the two should be kept in about half of the draws'

