from otter.test_files import test_case

OK_FORMAT = False

name = "q5b"
points = 4

@test_case(points=0, hidden=False)
def test_q5b_below(hill, D, floor_bound, floors):
    """The bound is a bound."""
    import numpy as np
    assert np.shape(floors) == (2, 2), f'floors should have shape (2, 2), not {np.shape(floors)}'
    for row, levels in enumerate((64, 65)):
        assert floors[row][0] <= floor_bound(hill.L, hill.mu, hill.dim, levels, hill.L * D) / D, 'a measured floor is above the promised one'

