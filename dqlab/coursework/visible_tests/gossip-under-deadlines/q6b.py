from otter.test_files import test_case

OK_FORMAT = False

name = "q6b"
points = 7

@test_case(points=0, hidden=False)
def test_beginning(predicted_error, villages, W):
    """At round 0 it is the distance of the start; arrays in, arrays of the same shape out."""
    import numpy as np
    from dqlab.coursework import checks
    v = villages
    arguments = (W, v.sheets, v.start, v.stepsize, v.epsilon, 0.1, 0.1)
    here = ((v.start - v.sheets.mean(axis=(0, 1))) ** 2).sum()
    checks.close(predicted_error(np.array([0, 1, 2]), *arguments)[0], here, 'the error at round 0', rtol=1e-06)
    checks.close(np.shape(predicted_error(np.arange(6).reshape(2, 3), *arguments)), (2, 3), 'the shape')

@test_case(points=0, hidden=False)
def test_one_round(predicted_error):
    """One round of two villages without noise, by hand."""
    import numpy as np
    from dqlab.coursework import checks
    W, sheets = (np.full((2, 2), 0.5), np.array([[[0.0]], [[1.0]]]))
    found = predicted_error(np.array([1]), W, sheets, np.array([0.0]), 0.5, 1.0, 0.0, 0.0)
    checks.close(found, [0.125], 'the error of models 0 and 1/2 around x* = 1/2', rtol=1e-06)

