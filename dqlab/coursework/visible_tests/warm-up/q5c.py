from otter.test_files import test_case

OK_FORMAT = False

name = "q5c"
points = 3

@test_case(points=0, hidden=False)
def test_q5c_shape(final_distances):
    """One distance for each of the fifteen rates."""
    import numpy as np
    assert np.shape(final_distances) == (15,), f'there are fifteen rates, 6 to 20, not shape {np.shape(final_distances)}'

