from otter.test_files import test_case

OK_FORMAT = False

name = "q5a"
points = 4

@test_case(points=0, hidden=False)
def test_at_once(first_sent):
    """If both coordinates are nearly equal, both are sent at once."""
    assert isinstance(first_sent(1.0, 0.9), int), 'return an int'
    assert first_sent(1.0, 0.9) == 1, 'with a = 0.9 B both coordinates are kept in the first step already'

