from otter.test_files import test_case

OK_FORMAT = False

name = "q2a"
points = 7

@test_case(points=0, hidden=False)
def test_q2a_four_levels(encode, decode):
    """Four levels on [-2, 2]."""
    import numpy as np
    from dqlab.coursework import checks
    codes = encode(np.array([-2.0, -0.9, 0.1, 1.7, 2.0]), 4, 2.0)
    checks.close(codes, [0, 1, 2, 3, 3], 'the codes of -2, -0.9, 0.1, 1.7 and 2 with four levels on [-2, 2]')
    assert np.asarray(codes).dtype.kind in 'iu', 'codes should be integers'
    checks.close(decode(np.array([0, 1, 2, 3]), 4, 2.0), [-1.5, -0.5, 0.5, 1.5], 'the middles of four cells on [-2, 2]')

