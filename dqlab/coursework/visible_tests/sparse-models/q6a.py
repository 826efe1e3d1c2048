from otter.test_files import test_case

OK_FORMAT = False

name = "q6a"
points = 4

@test_case(points=0, hidden=False)
def test_made_up_run(bits_to_reach):
    """A made-up run whose objective falls, rises and falls again."""
    from types import SimpleNamespace
    import numpy as np
    run = SimpleNamespace(objective=np.array([2.0, 1.5, 1.09, 1.4, 1.01]), bits=np.array([0, 10, 25, 45, 70]), bits_up=np.array([0, 5, 15, 30, 50]), bits_down=np.array([0, 5, 10, 15, 20]))
    assert bits_to_reach(run, 1.0, 0.1) == 25, 'the objective is at most 1.1 for the first time after 25 bits'
    assert bits_to_reach(run, 1.0, 0.001) == np.inf, 'an accuracy that is never reached costs np.inf bits'

@test_case(points=0, hidden=False)
def test_all_schemes(budget, schemes):
    """Every scheme has a number."""
    assert isinstance(budget, dict) and set(budget) == set(schemes), 'budget should have one entry for each scheme'
    assert all((bits > 0 for bits in budget.values())), 'every entry should be a number of bits, or np.inf'

