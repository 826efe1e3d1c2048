from otter.test_files import test_case

OK_FORMAT = False

name = "q4c"
points = 4

@test_case(points=0, hidden=False)
def test_plausible(silent, missed):
    """Both answers are numbers that can be."""
    assert isinstance(silent, float) and 0 < silent < 1, 'silent should be a float between 0 and 1'
    assert isinstance(missed, int) and 0 <= missed <= 40, 'missed should be an int, a number of weights'

