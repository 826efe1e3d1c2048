from otter.test_files import test_case

OK_FORMAT = False

name = "q11a"
points = 5

@test_case(points=0, hidden=False)
def test_heavy_ball_begins_as_gradient_descent(descend_hb):
    """The first step has no momentum and no past error."""
    import numpy as np
    import dqlab as dq
    from dqlab.coursework import checks
    small = dq.problems.random_spectrum(9.0, dq.stream(1, 'visible'), n=3)
    got = descend_hb(small, dq.quantizers.UniformScalar(16, 3), np.full(4, 60.0), np.zeros(3))
    assert got is not None, 'descend_hb gave nothing: is a return missing?'
    assert np.shape(got.iterates) == (5, 3), f'iterates should have shape (5, 3), not {np.shape(got.iterates)}'
    stepsize = (2 / (np.sqrt(small.L) + np.sqrt(small.mu))) ** 2
    u0 = dq.problems.gradient(small, np.zeros(3))
    checks.close(got.iterates[1], -stepsize * (u0 + got.errors[0]), 'the first step')

