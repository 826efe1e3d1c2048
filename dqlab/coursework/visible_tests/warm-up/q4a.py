from otter.test_files import test_case

OK_FORMAT = False

name = "q4a"
points = 4

@test_case(points=0, hidden=False)
def test_q4a_two_points(best_range):
    """Two levels for +1 and -1: no error at all with the right range."""
    import numpy as np
    r = best_range(np.array([1.0, -1.0, 1.0, -1.0]), 2)
    assert r is not None and r is not ..., 'best_range gave nothing: is a return missing?'
    assert 1.85 < r < 2.15, f'levels at -r/2 and r/2 hit -1 and 1 for r = 2; your range is {r}'

