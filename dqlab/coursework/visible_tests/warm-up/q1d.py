from otter.test_files import test_case

OK_FORMAT = False

name = "q1d"
points = 3

@test_case(points=0, hidden=False)
def test_q1d_examples(entropy):
    """A fair coin, and one that always falls on the same side."""
    from dqlab.coursework import checks
    checks.close(entropy([5, 5]), 1.0, 'the entropy of a fair coin')
    checks.close(entropy([8, 0]), 0.0, 'the entropy of a coin that always shows heads')

