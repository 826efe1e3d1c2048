from otter.test_files import test_case

OK_FORMAT = False

name = "q1b"
points = 5

@test_case(points=0, hidden=False)
def test_q1b_examples(message_bits):
    """Three lengths that can be checked by hand."""
    for count, letters, bits in ((5, 3, 8), (64, 4, 128), (10, 10, 34)):
        found = message_bits(count, letters)
        assert found is not None and found is not ..., 'message_bits gave nothing: is a return missing?'
        assert found == bits, f'{count} codes with {letters} letters: {letters}**{count} messages need {bits} bits, not {found}'

