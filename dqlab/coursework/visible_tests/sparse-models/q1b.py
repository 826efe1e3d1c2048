from otter.test_files import test_case

OK_FORMAT = False

name = "q1b"
points = 10

@test_case(points=0, hidden=False)
def test_example(best_ternary):
    """A small example with equal weights."""
    import numpy as np
    found = best_ternary(np.array([3.0, -5.0, 0.5, 0.0]), np.ones(4))
    assert isinstance(found, tuple) and len(found) == 2, 'return two things: s and kept'
    s, kept = found
    assert np.shape(kept) == (4,) and np.asarray(kept).dtype == bool, 'kept should be four values True or False'
    assert np.array_equal(kept, [True, True, False, False]), 'here 3 and -5 should be kept, and nothing else'
    assert abs(s - 4) < 1e-12, f's should be the mean magnitude of what is kept, 4, not {s}'

@test_case(points=0, hidden=False)
def test_weights_and_zero(best_ternary):
    """Weights change the scale, a zero vector is no accident, and arguments stay as they are."""
    import numpy as np
    v, w = (np.array([1.0, -2.0]), np.array([3.0, 1.0]))
    s, kept = best_ternary(v, w)
    assert np.all(kept) and abs(s - 1.25) < 1e-12, 'with weights 3 and 1 the best level for 1 and -2 is 1.25, both kept'
    assert np.array_equal(v, [1, -2]) and np.array_equal(w, [3, 1]), 'your function changes its arguments: work on copies'
    s, kept = best_ternary(np.zeros(3), np.ones(3))
    assert s == 0 and (not np.any(kept)), 'for a zero vector s is 0 and nothing is kept'

