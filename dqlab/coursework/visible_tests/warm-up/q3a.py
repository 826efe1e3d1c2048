from otter.test_files import test_case

OK_FORMAT = False

name = "q3a"
points = 7

@test_case(points=0, hidden=False)
def test_q3a_neighbours(encode_randomly, decode_randomly):
    """Three levels on [-1, 1]: 0.24 becomes 0 or 1."""
    import numpy as np
    from dqlab.coursework import checks
    checks.close(decode_randomly(np.array([0, 1, 2]), 3, 1.0), [-1.0, 0.0, 1.0], 'three levels on [-1, 1]')
    codes = np.asarray(encode_randomly(np.full(50, 0.24), 3, 1.0, np.random.default_rng(1)))
    assert set(codes.tolist()) == {1, 2}, f'0.24 lies between levels 1 and 2; of fifty codes these came: {sorted(set(codes.tolist()))}'

