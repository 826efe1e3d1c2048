from otter.test_files import test_case

OK_FORMAT = False

name = "q5a"
points = 4

@test_case(points=0, hidden=False)
def test_q5a_fine(hill, D, eta, quantized_descent):
    """With very many levels it is gradient descent."""
    import numpy as np
    from dqlab.coursework import checks
    found = quantized_descent(hill, 2 ** 16, np.full(12, hill.L * D), eta)
    assert found is not None and found is not ..., 'quantized_descent gave nothing: is a return missing?'
    assert np.shape(found) == (13,), f'twelve steps have thirteen distances, not shape {np.shape(found)}'
    x, right = (np.zeros(hill.dim), [D])
    for _ in range(12):
        x = x - eta * (hill.gram @ x - hill.moment)
        right.append(np.linalg.norm(x - hill.minimiser))
    checks.close(found, right, 'the distances with 2**16 levels', rtol=0.01)

