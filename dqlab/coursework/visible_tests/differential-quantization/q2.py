from otter.test_files import test_case

OK_FORMAT = False

name = "q2"
points = 14

@test_case(points=0, hidden=False)
def test_descend_has_the_right_shapes(descend):
    """Five steps in three dimensions."""
    import numpy as np
    import dqlab as dq
    small = dq.problems.random_spectrum(4.0, dq.stream(1, 'visible'), n=3)
    got = descend(small, dq.quantizers.UniformScalar(16, 3), np.full(5, 30.0), np.zeros(3))
    assert got is not None, 'descend gave nothing: is a return missing?'
    assert np.shape(got.iterates) == (6, 3), f'iterates should have shape (6, 3), T + 1 rows, not {np.shape(got.iterates)}'
    assert np.shape(got.errors) == (5, 3), f'errors should have shape (5, 3), not {np.shape(got.errors)}'
    assert np.shape(got.outside) == (5,), f'outside should have shape (5,), not {np.shape(got.outside)}'
    assert got.nbits == 5 * 12, f'five messages of 3 coordinates and 4 bits each are 60 bits, not {got.nbits}'

@test_case(points=0, hidden=False)
def test_descend_keeps_its_own_account(descend):
    """The server moves by the step size times what arrived, and e_t is what arrived minus what was meant."""
    import numpy as np
    import dqlab as dq
    from dqlab.coursework import checks
    small = dq.problems.random_spectrum(4.0, dq.stream(1, 'visible'), n=3)
    got = descend(small, dq.quantizers.UniformScalar(16, 3), np.full(5, 30.0), np.zeros(3), memory=0.0)
    eta = 2 / (small.L + small.mu)
    u0 = dq.problems.gradient(small, np.zeros(3))
    checks.close(got.iterates[1], -eta * (u0 + got.errors[0]), 'the first step, from u_0 and e_0')

