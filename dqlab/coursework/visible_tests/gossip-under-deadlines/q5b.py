from otter.test_files import test_case

OK_FORMAT = False

name = "q5b"
points = 7

@test_case(points=0, hidden=False)
def test_shapes(quantimed):
    """Three rounds of two villages: shapes, the start, and the clock."""
    import numpy as np
    from dqlab.coursework import checks
    W, sheets = (np.array([[0.5, 0.5], [0.5, 0.5]]), np.zeros((2, 4, 5)))
    V, start = (np.full((3, 2), 20.0), np.linspace(-0.5, 0.5, 5))
    found = quantimed(W, sheets, start, 0.2, 0.5, 0.25, 4, 80.0, V, np.random.default_rng(0))
    assert isinstance(found, tuple) and len(found) == 2, 'quantimed returns two arrays: models and seconds'
    assert np.shape(found[0]) == (4, 2, 5), f'models should have shape (4, 2, 5), not {np.shape(found[0])}'
    checks.close(found[0][0], np.tile(start, (2, 1)), 'the models of round 0')
    checks.close(found[1], [0.0, 0.5, 1.0, 1.5], 'seconds')

