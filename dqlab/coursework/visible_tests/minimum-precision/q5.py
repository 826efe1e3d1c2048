from otter.test_files import test_case

OK_FORMAT = False

name = "q5"
points = 5

@test_case(points=0, hidden=False)
def test_q5_kinds(list_bits, type_code_bits):
    """Both lengths are integers, and right where one can count by hand."""
    assert list_bits(3, 2) is not None and type_code_bits(3, 2) is not None, 'a length is None: is a return missing?'
    assert isinstance(list_bits(3, 2), int) and isinstance(type_code_bits(3, 2), int), 'both lengths should be of type int'
    assert list_bits(3, 2) == 6, 'd = 3 has 7 codes, so 3 bits each'
    assert type_code_bits(2, 1) == 3, 'one draw on two axes has 3 types and one sign'

