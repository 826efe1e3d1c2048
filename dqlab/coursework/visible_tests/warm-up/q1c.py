from otter.test_files import test_case

OK_FORMAT = False

name = "q1c"
points = 8

@test_case(points=0, hidden=False)
def test_q1c_small(pack, unpack):
    """Three codes, there and back."""
    import numpy as np
    message = pack(np.array([2, 0, 1]), 3)
    assert message is not None and message is not ..., 'pack gave nothing: is a return missing?'
    assert message.nbits == 5, f'three codes with three letters take 5 bits, not {message.nbits}'
    assert message.words.dtype == 'uint64' and message.words.shape == (1,), '5 bits lie in one word of type uint64'
    assert int(message.words[0]) == 2 + 0 * 3 + 1 * 9, 'codes 2, 0, 1 are the number 11: the first code is the least significant digit'
    assert list(unpack(message, 3, 3)) == [2, 0, 1], 'unpack should give back 2, 0, 1'

@test_case(points=0, hidden=False)
def test_q1c_refuses(unpack):
    """An impossible message is refused."""
    import numpy as np
    import dqlab as dq
    try:
        unpack(dq.bits.Message(np.array([27], dtype=np.uint64), 5), 3, 3)
    except dq.bits.DecodeError:
        return
    raise AssertionError('three codes with three letters are at most 26, so 27 should raise dq.bits.DecodeError')

