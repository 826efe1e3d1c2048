from otter.test_files import test_case

OK_FORMAT = False

name = "q12"
points = 4

@test_case(points=0, hidden=False)
def test_q12_kinds(forecast, exact, gaps, np):
    """A forecast is there, and all gaps are numbers above 0."""
    assert forecast is not ..., 'write down a forecast first, e.g. {4: 10.0, 64: 2.0}'
    assert set(forecast) == {4, 64}, 'forecast should have the keys 4 and 64'
    assert np.shape(exact) == (3,) and np.shape(gaps) == (5, 3), 'exact should have shape (3,), gaps (5, 3)'
    assert np.asarray(gaps).dtype.kind == 'f' and (gaps > 0).all(), 'all gaps should be numbers above 0: is a return missing?'

