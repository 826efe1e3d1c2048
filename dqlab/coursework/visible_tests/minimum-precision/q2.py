from otter.test_files import test_case

OK_FORMAT = False

name = "q2"
points = 8

@test_case(points=0, hidden=False)
def test_q2_kinds(simq_encode, simq_decode, np):
    """A code is an integer from -d to d, a decoded vector has shape (d,), and the zero vector becomes 0."""
    b, rng = (np.array([1.0, 2.0, 3.0]), np.random.default_rng(1))
    codes = [simq_encode(np.array([0.2, -0.5, 0.9]), b, rng) for _ in range(50)]
    assert None not in codes, 'simq_encode returned None: is a return missing?'
    assert all((code == int(code) and -3 <= code <= 3 for code in codes)), f'codes should be integers from -3 to 3, not {codes[:5]}'
    q = simq_decode(-2, b)
    assert np.shape(q) == (3,), f'simq_decode should return an array of shape (3,), not {np.shape(q)}'
    assert np.count_nonzero(q) == 1, 'a corner has one entry that is not 0'
    assert simq_encode(np.zeros(3), b, rng) == 0, 'the zero vector has only one way to be sent'
    boundary = b * np.array([0.1, -0.2, 0.7])
    assert 0 not in [simq_encode(boundary, b, rng) for _ in range(300)], 'on the boundary nothing is left for 0'

