"""Scores as JSON, and the baselines' on the public problems, which come with the library."""

import json
from pathlib import Path

from .baselines import BASELINES
from .problems import PUBLIC_SEED
from .rules import VERSION
from .scoring import Problem, Score, assess
from .sources import of_class

KEPT = Path(__file__).parent / "baselines.json"


def to_json(score):
    """A score as text that `from_json` reads.

    Examples
    --------
    >>> from dqlab.coursework import challenge
    >>> from dqlab.coursework.challenge import keep
    >>> one = challenge.baseline_scores()[0]
    >>> keep.from_json(keep.to_json(one)) == one
    True
    """
    fields = {**score._asdict(), "problems": [problem._asdict() for problem in score.problems]}
    return json.dumps(fields, indent=1, sort_keys=True)


def from_json(text):
    """The score that `to_json` wrote.

    Examples
    --------
    >>> from dqlab.coursework.challenge import keep, scoring
    >>> bad = scoring.Score("bad", False, "it fails", "no encode", None, None, [])
    >>> keep.from_json(keep.to_json(bad)).reason
    'no encode'
    """
    fields = json.loads(text)
    return Score(**{**fields, "problems": [Problem(**problem) for problem in fields["problems"]]})


def baseline_scores(seed=PUBLIC_SEED, **how):
    """The scores of the baselines.

    Parameters
    ----------
    seed : int
        Those on the public problems are kept with the library; on others they are computed, in a minute.
    **how
        Passed to ``assess``.

    Returns
    -------
    list of Score

    Examples
    --------
    >>> from dqlab.coursework import challenge
    >>> [score.name for score in challenge.baseline_scores()]
    ['float32', 'CUQ', 'RATQ', 'SimQ+', 'gain and SimQ+', 'TernGrad', 'scaled sign']
    """
    if seed == PUBLIC_SEED and KEPT.is_file():
        kept = json.loads(KEPT.read_text(encoding="utf8"))
        if kept["version"] == VERSION:
            return [from_json(json.dumps(score)) for score in kept["scores"]]
    return [assess(of_class(contestant), name, seed, **how) for name, contestant in BASELINES.items()]


def main():
    """Compute the baselines on the public problems and keep them: ``python -m dqlab.coursework.challenge.keep``."""
    KEPT.unlink(missing_ok=True)
    scores = [json.loads(to_json(score)) for score in baseline_scores(progress=True)]
    KEPT.write_text(json.dumps({"version": VERSION, "scores": scores}, indent=1) + "\n", encoding="utf8")


if __name__ == "__main__":
    main()
