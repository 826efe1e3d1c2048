from otter.test_files import test_case

OK_FORMAT = False

name = "q2c"
points = 3

@test_case(points=0, hidden=False)
def test_q2c_in_the_ball(worst_input):
    """The input is a vector in the ball."""
    import numpy as np
    u = worst_input(2, 3, 1.5)
    assert u is not None and u is not ..., 'worst_input gave nothing: is a return missing?'
    assert np.shape(u) == (3,), f'worst_input should give a vector of shape (3,), not {np.shape(u)}'
    assert np.linalg.norm(u) <= 1.5 * (1 + 1e-09), 'the vector should be no longer than scale'

