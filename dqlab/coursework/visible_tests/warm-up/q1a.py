from otter.test_files import test_case

OK_FORMAT = False

name = "q1a"
points = 3

@test_case(points=0, hidden=False)
def test_q1a_kinds(hand_integer, hand_bits, hand_fixed_bits, hand_bytes):
    """The answers are three integers and a text."""
    for name, value in {'hand_integer': hand_integer, 'hand_bits': hand_bits, 'hand_fixed_bits': hand_fixed_bits}.items():
        assert isinstance(value, int), f'{name} should be an integer, not {value!r}'
    assert isinstance(hand_bytes, str), f'hand_bytes should be text like "02 01", not {hand_bytes!r}'
    assert hand_bits <= hand_fixed_bits, 'one integer for all codes should not take more bits than code after code'

