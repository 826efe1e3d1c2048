from otter.test_files import test_case

OK_FORMAT = False

name = "q7b"
points = 8

@test_case(points=0, hidden=False)
def test_design(design, seconds, villages):
    """A design is a deadline that leaves no batch empty, and a whole number of bits."""
    assert isinstance(design, dict) and set(design) == {'deadline', 'width'}, 'write design = {"deadline": ..., "width": ...}'
    width = design['width']
    assert width == int(width) and width >= 2, f'a width is a whole number of bits, 2 at least, not {width}'
    assert design['deadline'] * villages.slow >= 1 - 1e-09, 'with so short a deadline a batch may be empty'
    assert seconds > 0, 'seconds should be a number above 0'

