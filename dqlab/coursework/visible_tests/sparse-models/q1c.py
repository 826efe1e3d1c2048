from otter.test_files import test_case

OK_FORMAT = False

name = "q1c"
points = 5

@test_case(points=0, hidden=False)
def test_rule_example(rule_of_thumb):
    """The rule on a small example and on zero."""
    import numpy as np
    found = rule_of_thumb(np.array([4.0, -2.0, 1.0, -1.0]))
    assert isinstance(found, tuple) and len(found) == 2, 'return two things: s and kept'
    s, kept = found
    assert np.array_equal(kept, [True, True, False, False]) and abs(s - 3) < 1e-12, '0.75 times the mean is 1.5 here: 4 and 2 are kept, at level 3'
    s, kept = rule_of_thumb(np.zeros(4))
    assert s == 0 and (not np.any(kept)), 'for a zero vector s is 0 and nothing is kept'

@test_case(points=0, hidden=False)
def test_answers_are_numbers(my_factor, rule_loss):
    """The two numbers are plausible."""
    assert isinstance(my_factor, (int, float)) and 0.1 < my_factor < 10, 'my_factor should be a number, not far from 1'
    assert isinstance(rule_loss, (int, float)) and rule_loss >= 1, 'rule_loss is a ratio of errors: nothing is below the least one'

