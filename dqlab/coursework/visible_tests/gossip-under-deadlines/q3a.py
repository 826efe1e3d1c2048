from otter.test_files import test_case

OK_FORMAT = False

name = "q3a"
points = 10

@test_case(points=0, hidden=False)
def test_message(send, receive):
    """A message has width bits a number, and what is on the grid arrives as it was."""
    import numpy as np
    from dqlab.coursework import checks
    x = np.array([-1.0, 0.0, 1 / 3, 1.0])
    message = send(x, 3, np.random.default_rng(0))
    assert isinstance(message, np.ndarray), f'a message is an array, not {type(message).__name__}'
    assert message.shape == (12,), f'4 numbers of 3 bits make a message of shape (12,), not {message.shape}'
    assert np.isin(message, (0, 1)).all(), 'a message is made of zeros and ones'
    checks.close(receive(message, 3), x, 'what arrives of numbers on the grid', atol=1e-12)

@test_case(points=0, hidden=False)
def test_between(send, receive):
    """A number between two points of the grid becomes one of them, now this one, now that one."""
    import numpy as np
    rng = np.random.default_rng(1)
    found = {round(float(receive(send(np.array([0.5]), 3, rng), 3)[0]) * 3) for _ in range(60)}
    assert found == {1, 2}, f'0.5 with spacing 1/3 should become 1/3 or 2/3, both now and then; in thirds it became {found}'

