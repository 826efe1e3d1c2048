from otter.test_files import test_case

OK_FORMAT = False

name = "q8"
points = 11

@test_case(points=0, hidden=False)
def test_q8_arrives(send, receive, simq_plus, np, dq):
    """Three short vectors arrive."""
    from dqlab import coursework
    vectors = np.array([[0, 0, 0, 0], [1, 0, -2, 0], [0, -3, 0, 0]])
    message = send(vectors[1], 3, np.array([0.2, 0.1, 0.05, 0.3]))
    assert isinstance(message, dq.bits.Message), f'send should return a dq.bits.Message, not {type(message).__name__}'
    coursework.average_bits(send, receive, vectors, 3, np.array([0.2, 0.1, 0.05, 0.3]))

