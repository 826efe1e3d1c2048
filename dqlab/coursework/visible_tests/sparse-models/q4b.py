from otter.test_files import test_case

OK_FORMAT = False

name = "q4b"
points = 10

@test_case(points=0, hidden=False)
def test_three_steps(qrda):
    """Three steps with one worker and one coordinate, by hand."""
    import numpy as np

    def same(v):
        return v
    pulls = [-1.0, 0.0, 0.0]
    x = qrda(lambda m, x, t: np.array([pulls[t - 1]]), [same], same, 1, 3, 1.0, 0.25, 1.0, np.inf)
    assert np.shape(x) == (4, 1), 'return x_1, ..., x_{T+1}: T + 1 rows'
    assert x[0, 0] == 0, 'x_1 is 0'
    assert np.allclose(x[:, 0], [0, 0.375, 0.25, 0.125]), f'the weight should be 0, 0.375, 0.25, 0.125, not {np.round(x[:, 0], 3)}'

@test_case(points=0, hidden=False)
def test_box_and_average(qrda):
    """The box holds, and two workers are averaged."""
    import numpy as np

    def same(v):
        return v
    x = qrda(lambda m, x, t: np.array([-2.0 * m, 1.0]), [same, same], same, 2, 30, 1.0, 0.1, 1.0, 0.5)
    assert np.abs(x).max() <= 0.5, 'no weight should leave the box'
    assert np.allclose(x[-1], [0.5, -0.5]), 'two constant pulls should end in a corner of the box'

