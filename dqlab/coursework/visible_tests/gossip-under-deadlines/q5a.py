from otter.test_files import test_case

OK_FORMAT = False

name = "q5a"
points = 5

@test_case(points=0, hidden=False)
def test_one_sheet(batch_gradients):
    """With one sheet a node nothing is random; a node without a batch has a gradient of 0."""
    import numpy as np
    from dqlab.coursework import checks
    X, sheets = (np.array([[0.5, 0.0], [0.25, 1.0]]), np.array([[[1.0, -1.0]], [[1.0, 1.0]]]))
    G = batch_gradients(X, sheets, np.array([3, 0]), np.random.default_rng(0))
    checks.close(G, [[-0.5, 1.0], [0.0, 0.0]], 'gradients')

