from otter.test_files import test_case

OK_FORMAT = False

name = "q10a"
points = 5

@test_case(points=0, hidden=False)
def test_reach_grows_with_D(reach):
    """Twice the D, twice the reach; infinite where the ranges do not shrink."""
    import numpy as np
    from dqlab.coursework import checks
    checks.close(reach(9.0, 1.0, 2.0, 16, 4), 2 * reach(9.0, 1.0, 1.0, 16, 4), 'the reach for D = 2')
    assert reach(9.0, 1.0, 1.0, 4, 16) == np.inf, "rho' = 1: the ranges do not shrink, and nothing is out of reach"

