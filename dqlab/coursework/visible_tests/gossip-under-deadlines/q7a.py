from otter.test_files import test_case

OK_FORMAT = False

name = "q7a"
points = 3

@test_case(points=0, hidden=False)
def test_guess(guess):
    """A guess is written down."""
    assert isinstance(guess, dict) and set(guess) == {'deadline', 'width'}, 'write guess = {"deadline": ..., "width": ...}'
    assert all((isinstance(value, (int, float)) and value > 0 for value in guess.values())), 'both are numbers above 0'

