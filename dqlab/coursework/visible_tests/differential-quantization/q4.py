from otter.test_files import test_case

OK_FORMAT = False

name = "q4"
points = 9

@test_case(points=0, hidden=False)
def test_ranges_begin_right(dynamic_ranges):
    """The first two ranges for L = 9, mu = 1, D = 2, rho' = 0.5, by hand."""
    from dqlab.coursework import checks
    checks.close(dynamic_ranges(9.0, 1.0, 2.0, 0.5, 1, 1.0), [18.0], 'r_0 = L D')
    checks.close(dynamic_ranges(9.0, 1.0, 2.0, 0.5, 2, 1.0), [18.0, 0.8 * 18 + 0.5 * 18], 'r_0, r_1 with perfect memory')

