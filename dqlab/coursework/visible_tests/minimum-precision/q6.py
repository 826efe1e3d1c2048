from otter.test_files import test_case

OK_FORMAT = False

name = "q6"
points = 11

@test_case(points=0, hidden=False)
def test_q6_there_and_back(rank, unrank, np):
    """The ten types of d = 2, k = 3 have the numbers 0 to 9, and come back."""
    types = [(i, j) for i in range(4) for j in range(4 - i)]
    numbers = [rank(np.array(counts), 3) for counts in types]
    assert None not in numbers, 'rank returned None: is a return missing?'
    assert sorted(numbers) == list(range(10)), f'the ten types should have the numbers 0 to 9, not {sorted(numbers)}'
    for counts, number in zip(types, numbers, strict=True):
        assert tuple(unrank(number, 2, 3)) == counts, f'unrank(rank({counts})) is another type'

