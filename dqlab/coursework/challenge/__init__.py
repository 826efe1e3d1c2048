"""The communication-budget challenge: a quantizer of your own, scored on accuracy against the bits of its messages.

::

    gradient x --encode--> Message --only the counted bits cross--> decode --> q --> projected gradient descent

Write a class, see what it gets::

    class MyQuantizer:
        unbiased = True

        def __init__(self, dim, bound): ...    # inputs have |x|_2 <= bound
        def encode(self, x, rng): ...          # a dqlab.bits.Message
        def decode(self, message): ...         # an array of shape (dim,)

    challenge.score(MyQuantizer)
"""

from . import baselines, pictures
from .keep import baseline_scores
from .problems import PUBLIC_SEED, Task, answer, gap, tasks
from .rules import BUDGETS, Rejected, message_cost
from .runs import Course, over_link, run
from .scoring import Problem, Score, score

__all__ = [
    "BUDGETS",
    "PUBLIC_SEED",
    "Course",
    "Problem",
    "Rejected",
    "Score",
    "Task",
    "answer",
    "baseline_scores",
    "baselines",
    "gap",
    "message_cost",
    "over_link",
    "pictures",
    "run",
    "score",
    "tasks",
]
