from otter.test_files import test_case

OK_FORMAT = False

name = "q11"
points = 5

@test_case(points=0, hidden=False)
def test_q11_kinds(least_repeats, bits_needed):
    """Both are integers, and right in a case that the chapter has."""
    assert least_repeats(64, 2, 4.0) is not None and bits_needed(64, 2, 4.0) is not None, 'a function returned None: is a return missing?'
    assert isinstance(least_repeats(64, 2, 4.0), int) and isinstance(bits_needed(64, 2, 4.0), int), 'both should be of type int'
    assert least_repeats(1024, 2, 4.0) == 69, 'd = 1024, p = 2 and a factor of 4 take 69 draws'

