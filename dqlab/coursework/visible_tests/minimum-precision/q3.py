from otter.test_files import test_case

OK_FORMAT = False

name = "q3"
points = 5

@test_case(points=0, hidden=False)
def test_q3_kinds(best_corners, gain, np):
    """One length a coordinate, above 0, and a gain that is one number."""
    b = best_corners(np.array([1.0, 2.0]), np.array([0.5, 0.25]))
    assert b is not None, 'best_corners returned None: is a return missing?'
    assert np.shape(b) == (2,) and np.min(b) > 0, 'best_corners should give d lengths above 0'
    assert (np.array([1.0, 2.0]) / b).sum() <= 1 + 1e-09, 'with these corners the vector (1, 2) is outside'
    assert gain is not ..., 'gain is still missing'
    assert 0 < gain <= 1, f'gain is {gain}: the best corners cannot be worse than equal ones'

