from otter.test_files import test_case

OK_FORMAT = False

name = "q1"
points = 6

@test_case(points=0, hidden=False)
def test_transmit_answers_with_three_things(transmit):
    """Four levels, three coordinates, range 2."""
    import numpy as np
    import dqlab as dq
    from dqlab.coursework import checks
    answer = transmit(dq.quantizers.UniformScalar(4, 3), np.array([-1.8, 0.2, 1.2]), 2.0)
    assert isinstance(answer, tuple) and len(answer) == 3, 'transmit should return a tuple (message, q, fits)'
    message, q, fits = answer
    assert isinstance(message, dq.bits.Message), 'the first thing should be the Message that send made'
    checks.close(q, [-1.5, 0.5, 1.5], 'what the server reads')
    assert fits, 'this vector lies in the cube [-2, 2]^3: it fits'

@test_case(points=0, hidden=False)
def test_transmit_says_what_does_not_fit(transmit):
    """A vector out of range is sent, clipped, and reported."""
    import numpy as np
    import dqlab as dq
    from dqlab.coursework import checks
    _, q, fits = transmit(dq.quantizers.UniformScalar(4, 3), np.array([-1.8, 0.2, 7.0]), 2.0)
    assert not fits, '7 is outside [-2, 2], so fits should be False'
    checks.close(q, [-1.5, 0.5, 1.5], 'what the server reads of a clipped vector')

