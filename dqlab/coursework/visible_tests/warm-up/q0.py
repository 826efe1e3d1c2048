from otter.test_files import test_case

OK_FORMAT = False

name = "q0"
points = 0


@test_case(points=0, hidden=False)
def test_me(me):
    """Your id is yours."""
    assert me.id, "write your id"
