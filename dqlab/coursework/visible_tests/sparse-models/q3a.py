from otter.test_files import test_case

OK_FORMAT = False

name = "q3a"
points = 7

@test_case(points=0, hidden=False)
def test_small_message(pack, unpack):
    """Three symbols and a scale of 4, bit by bit, and back."""
    import numpy as np
    bits = pack(np.array([1, 2, 0]), 4.0)
    assert bits is not None and np.shape(bits) == (38,), 'three symbols and a scale are 38 bits'
    assert list(bits[:6]) == [1, 0, 0, 1, 0, 0], 'the symbols +, - and 0 are 1 0, 0 1 and 0 0, with the lowest bit first'
    assert list(bits[6:]) == 23 * [0] + list(map(int, '100000010')), 'the scale 4 is 23 zeros, then 100000010'
    symbols, s = unpack(bits, 3)
    assert list(symbols) == [1, 2, 0] and s == 4, 'unpack should give back what was packed'

@test_case(points=0, hidden=False)
def test_refuses_short(unpack, pack):
    """A message that is too short is refused."""
    import numpy as np
    bits = pack(np.array([1, 2, 0]), 4.0)
    try:
        unpack(bits[:-1], 3)
    except ValueError:
        return
    raise AssertionError('a message that lost its last bit should raise ValueError')

