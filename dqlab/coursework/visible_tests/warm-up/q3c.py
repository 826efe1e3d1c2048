from otter.test_files import test_case

OK_FORMAT = False

name = "q3c"
points = 3

@test_case(points=0, hidden=False)
def test_q3c_kinds(nearest_error, random_error, stations):
    """Two positive numbers and a whole number, in the right order."""
    for name, value in {'nearest_error': nearest_error, 'random_error': random_error, 'stations': stations}.items():
        assert value is not None and value is not ..., f'{name} is {value}: is something still missing?'
    assert 0 < nearest_error <= random_error, 'for one station, a coin cannot be better than the nearest level'
    assert stations == int(stations) >= 1, 'the number of stations should be a whole number'

