from otter.test_files import test_case

OK_FORMAT = False

name = "q3b"
points = 8

@test_case(points=0, hidden=False)
def test_equal_noise(leftover):
    """Three nodes that hear each other alike, with equal noise."""
    import numpy as np
    from dqlab.coursework import checks
    W = np.array([[0.5, 0.25, 0.25], [0.25, 0.5, 0.25], [0.25, 0.25, 0.5]])
    checks.close(leftover(W, np.ones(3), 1.0), 2 / 45, 'leftover of three nodes', rtol=1e-06)

