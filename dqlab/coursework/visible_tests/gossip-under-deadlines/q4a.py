from otter.test_files import test_case

OK_FORMAT = False

name = "q4a"
points = 6

@test_case(points=0, hidden=False)
def test_alone(slowest):
    """One node with speeds uniform on [10, 90]: log(9) / 80; a law without any spread."""
    import numpy as np
    from dqlab.coursework import checks
    checks.close(slowest(lambda u: 10 + 80 * u, 1), np.log(9) / 80, 'slowest of one node', rtol=0.001)
    checks.close(slowest(lambda u: np.full(np.shape(u), 4.0), 5), 0.25, 'slowest of five equal nodes', rtol=0.001)

