from otter.test_files import test_case

OK_FORMAT = False

name = "q4"
points = 7

@test_case(points=0, hidden=False)
def test_q4_kinds(simq_plus, np):
    """Integers of shape (d,) that add up to at most k in magnitude."""
    z = simq_plus(np.array([0.2, -0.5, 0.0]), np.array([1.0, 2.0, 3.0]), 5, np.random.default_rng(1))
    assert z is not None, 'simq_plus returned None: is a return missing?'
    assert np.shape(z) == (3,), f'simq_plus should return an array of shape (3,), not {np.shape(z)}'
    assert np.asarray(z).dtype.kind in 'iu', 'simq_plus should return integers: counts with signs, not the estimate itself'
    assert np.abs(z).sum() <= 5, 'there were only 5 draws'
    boundary = np.array([0.1, -0.4, 2.1])
    assert np.abs(simq_plus(boundary, np.array([1.0, 2.0, 3.0]), 5, np.random.default_rng(1))).sum() == 5, 'on the boundary no draw is left for 0'

