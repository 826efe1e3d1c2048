from otter.test_files import test_case

OK_FORMAT = False

name = "q3"
points = 10

@test_case(points=0, hidden=False)
def test_q3_kinds(experiment, messages, counted_bits):
    """Numbers, messages and a count come back."""
    import numpy as np
    import dqlab as dq
    numbers = np.asarray(experiment(1), dtype=float)
    assert numbers.ndim == 1 and numbers.size >= 2, f'experiment(1) should give an array of shape (m,), m >= 2, not {numbers.shape}'
    sent = messages(1)
    assert isinstance(sent, list) and sent, 'messages(1) should be a list with at least one message'
    assert all((isinstance(m, dq.bits.Message) for m in sent)), 'messages(1) should hold dq.bits.Message only'
    assert counted_bits(1) > 0, 'counted_bits(1) should be a number of bits'

