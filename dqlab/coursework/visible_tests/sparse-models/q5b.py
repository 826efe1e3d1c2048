from otter.test_files import test_case

OK_FORMAT = False

name = "q5b"
points = 4

@test_case(points=0, hidden=False)
def test_rounding(Memory):
    """Rounding 0.4 again and again: 0, 1, 0, 1, 0."""
    import numpy as np
    send = Memory(np.round)
    sent = [float(np.squeeze(send(np.array([0.4])))) for _ in range(5)]
    assert sent == [0, 1, 0, 1, 0], f'0.4 rounded with a memory should give 0, 1, 0, 1, 0, not {sent}'

