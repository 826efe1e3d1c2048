from otter.test_files import test_case

OK_FORMAT = False

name = "q6"
points = 8

@test_case(points=0, hidden=False)
def test_factor_at_both_ends(leaky_factor):
    """kappa = 9, so sigma = 0.8: a maximum with memory, a sum without."""
    from dqlab.coursework import checks
    checks.close(leaky_factor(9.0, 0.5, 1.0), 0.8, "the factor with perfect memory, rho' = 0.5")
    checks.close(leaky_factor(9.0, 0.05, 0.0), 0.8 + 1.8 * 0.05, "the factor without memory, rho' = 0.05")

@test_case(points=0, hidden=False)
def test_least_memory_is_a_share(least_memory):
    """It lies between 0 and 1."""
    for kappa, rho in ((9.0, 0.01), (9.0, 0.5), (200.0, 0.99)):
        share = least_memory(kappa, rho)
        assert share is not None and 0 <= share <= 1, f'least_memory({kappa}, {rho}) should lie in [0, 1], not {share}'

