from otter.test_files import test_case

OK_FORMAT = False

name = "q7"
points = 5
all_or_nothing = True

@test_case(points=0, hidden=False)
def test_prediction_is_complete(prediction):
    """Eight words of three."""
    assert len(prediction) == 8, f'prediction should have eight words, not {len(prediction)}'
    words = {'lossless', 'slower', 'no guarantee'}
    strange = [word for word in prediction if word not in words]
    assert not strange, f'prediction should only have the words {sorted(words)}, not {strange[0]!r}'

