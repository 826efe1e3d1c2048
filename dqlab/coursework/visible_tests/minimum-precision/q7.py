from otter.test_files import test_case

OK_FORMAT = False

name = "q7"
points = 6

@test_case(points=0, hidden=False)
def test_q7_there_and_back(to_message, from_message, type_code_bits, np, dq):
    """A message of the right length comes back as what was sent."""
    message = to_message(np.array([2, 0, -1]), 4)
    assert isinstance(message, dq.bits.Message), f'to_message should return a dq.bits.Message, not {type(message).__name__}'
    assert message.nbits == type_code_bits(3, 4), f'the message has {message.nbits} bits, not type_code_bits(3, 4)'
    assert list(from_message(message, 3, 4)) == [2, 0, -1], '[2, 0, -1] came back as something else'

