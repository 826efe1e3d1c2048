from otter.test_files import test_case

OK_FORMAT = False

name = "q2d"
points = 4

@test_case(points=0, hidden=False)
def test_q2d_coin(snr):
    """A signal that is quantized without any error but a half."""
    import numpy as np
    from dqlab.coursework import checks
    checks.close(snr(np.array([1.0, -1.0, 1.0]), 2, 1.0), 20 * np.log10(2), 'the SNR of +1 and -1 that are decoded as +1/2 and -1/2')

