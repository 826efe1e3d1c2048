from otter.test_files import test_case

OK_FORMAT = False

name = "q3b"
points = 5

@test_case(points=0, hidden=False)
def test_small_counts(sparse_bits, round_bits):
    """Counts that can be made by hand."""
    assert sparse_bits(3, 1) == 37, 'd = 3, j = 1: two bits for j, two for one of three places, a sign and 32'
    assert sparse_bits(3, 0) == 34, 'with no symbols there is nothing to rank and no sign, but j and the scale are sent'
    assert tuple(round_bits(10, [2, 3], 4)) == (94, 50), 'two workers with 2 and 3 of 10 coordinates send 46 + 48 bits, the server 50'

