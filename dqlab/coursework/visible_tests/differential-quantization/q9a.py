from otter.test_files import test_case

OK_FORMAT = False

name = "q9a"
points = 4
all_or_nothing = True

@test_case(points=0, hidden=False)
def test_every_run_has_a_diagnosis(diagnosis):
    """Five runs, five different diagnoses from the list."""
    kinds = {'healthy', 'no memory', 'too few bits', 'ranges shrink too fast', 'ranges do not shrink'}
    assert sorted(diagnosis) == list('ABCDE'), 'diagnosis should have the keys A, B, C, D and E'
    strange = [word for word in diagnosis.values() if word not in kinds]
    assert not strange, f'{strange[0]!r} is not on the list of diagnoses'
    assert len(set(diagnosis.values())) == 5, 'each diagnosis belongs to one run'

