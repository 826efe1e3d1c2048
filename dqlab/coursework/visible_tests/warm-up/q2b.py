from otter.test_files import test_case

OK_FORMAT = False

name = "q2b"
points = 5

@test_case(points=0, hidden=False)
def test_q2b_there_and_back(send, receive):
    """A short vector, there and back."""
    import numpy as np
    u = np.array([0.5, -2.0, 1.1])
    message = send(u, 16)
    assert message is not None and message is not ..., 'send gave nothing: is a return missing?'
    assert message.nbits == 32 + 3 * 4, f'32 bits for the range and 3 times 4 for the codes are 44, not {message.nbits}'
    q = np.asarray(receive(message, 3, 16))
    assert q.shape == (3,) and np.abs(q - u).max() <= 2 / 16 * (1 + 1e-06), 'no coordinate should be off by more than range / levels'

