from otter.test_files import test_case

OK_FORMAT = False

name = "q12"
points = 4
all_or_nothing = True

@test_case(points=0, hidden=False)
def test_cheapest_is_levels_and_bits(cheapest, me):
    """Two whole numbers, and at least as many bits as any scheme at all needs."""
    import numpy as np
    assert len(cheapest) == 2, 'cheapest should be a tuple (K, total bits)'
    levels, bits = cheapest
    assert 2 <= levels <= 64, f'K should lie between 2 and 64, not be {levels}'
    n = int(me.stream('problem').integers(16, 25))
    least = n * np.log2(1000000.0)
    assert bits >= least, f'{bits} bits: no scheme whatever guarantees 1e-6 D in {n} dimensions with less than {least:.0f} bits'

