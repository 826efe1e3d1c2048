from otter.test_files import test_case

OK_FORMAT = False

name = "q1"
points = 8

@test_case(points=0, hidden=False)
def test_path(metropolis):
    """Three nodes in a row, by hand."""
    from dqlab.coursework import checks
    A = [[0, 1, 0], [1, 0, 1], [0, 1, 0]]
    expected = [[2 / 3, 1 / 3, 0], [1 / 3, 1 / 3, 1 / 3], [0, 1 / 3, 2 / 3]]
    import numpy as np
    checks.close(metropolis(np.array(A)), expected, 'metropolis of three nodes in a row')

@test_case(points=0, hidden=False)
def test_two_pieces(metropolis):
    """Two pairs without a line between them are refused."""
    import numpy as np
    A = np.kron(np.eye(2, dtype=int), [[0, 1], [1, 0]])
    try:
        metropolis(A)
    except ValueError as refusal:
        assert 'connected' in str(refusal), f"the message should contain 'connected', it is: {refusal}"
        assert '2' in str(refusal), f'the message should tell that there are 2 pieces, it is: {refusal}'
    else:
        raise AssertionError('two pairs without a line between them can never agree: raise a ValueError')

