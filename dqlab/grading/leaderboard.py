"""The challenge's leaderboard: ``python -m dqlab.grading.leaderboard --submissions dir --out dir``, or ``make leaderboard``.

Every contestant is audited and scored on problems that a secret fixes, its encoder and its decoder in sandboxes of their own. A
result is written as soon as it is there: a run that was killed goes on where it was. The same secret gives the same board.
"""

import argparse
import csv
import hashlib
import io
import os
import secrets
import sys
from pathlib import Path

from .._generic import SOURCE_DIGEST
from ..coursework.challenge import baselines, keep, pictures, rules, scoring, sources
from ..store import write_atomically
from . import contestants, sandbox
from .by_hand import plain

IN_COLOUR = 8


def board(folder, out, secret=None, jobs=1, progress=True, start=None):
    """Score all contestants in a folder and write the leaderboard.

    Parameters
    ----------
    folder : path-like
        As ``contestants.find`` takes it.
    out : path-like
        Where everything goes; made where it does not exist.
    secret : str, optional
        What fixes the hidden problems and all randomness. Left out, that in ``out/secret.txt``, which is made where there is none.
    jobs : int
        How many are scored at a time.
    progress : bool
        Whether to show a bar.
    start : callable, optional
        How contestants' processes are started; left out, in sandboxes.

    Returns
    -------
    list of (int or None, Score)
        Ranks from 1, the best first; rejected ones at the end, without a rank.

    Raises
    ------
    ValueError
        If there is nobody.
    """
    found, out = contestants.find(folder), Path(out)
    if not found:
        raise ValueError(f"submissions: there is no my_quantizer.py or notebook in {folder}")
    (out / "results").mkdir(parents=True, exist_ok=True)
    seed = seed_of(_secret(out, secret))
    trusted = contestants.in_the_open(out / "caches") if start is None else start
    start = contestants.in_sandbox(out / "caches") if start is None else start
    entries = [contestants.Contestant(name, "", sources.of_class(c)) for name, c in baselines.BASELINES.items()]
    known = _all(entries, out, seed, jobs, progress, trusted, "baselines")
    scores = _all(found, out, seed, jobs, progress, start, "contestants")
    write(out, rank(scores), known)
    return rank(scores)


def seed_of(secret):
    """The seed that a secret stands for: 62 bits.

    Examples
    --------
    >>> from dqlab.grading import leaderboard
    >>> leaderboard.seed_of("spring") == leaderboard.seed_of("spring") != leaderboard.seed_of("autumn")
    True
    """
    return int.from_bytes(hashlib.blake2b(secret.encode(), digest_size=8).digest(), "big") >> 2


def _secret(out, secret):
    path = out / "secret.txt"
    if secret is None and path.is_file():
        secret = path.read_text(encoding="utf8").strip()
    secret = secret or secrets.token_urlsafe(24)
    write_atomically(path, f"{secret}\n".encode())
    path.chmod(0o600)
    return secret


def _all(entries, out, seed, jobs, progress, start, what):
    """Scores in the order of `entries`. Threads suffice: the work is in the contestants' processes."""
    from joblib import Parallel, delayed
    from tqdm import tqdm

    work = Parallel(n_jobs=jobs, prefer="threads", return_as="generator")
    done = work(delayed(_one)(entry, out, seed, start) for entry in entries)
    return list(tqdm(done, total=len(entries), desc=what, disable=not progress))


def _one(entry, out, seed, start):
    """One contestant's score, from disk if it is there."""
    if entry.source is None:
        return scoring.Score(entry.student, False, "nothing to run", entry.reason, None, None, [])
    parts = (str(seed), str(rules.VERSION), SOURCE_DIGEST, entry.student, entry.source.kind)
    digest = hashlib.blake2b("\0".join(parts).encode() + b"\0" + entry.source.body, digest_size=16).hexdigest()
    path = out / "results" / f"{digest}.json"
    if path.is_file():
        return keep.from_json(path.read_text(encoding="utf8"))
    try:
        score = scoring.assess(entry.source, entry.student, seed, start=start)
    except Exception as error:  # ours, not the contestant's: the others go on, and this one is tried again next time
        reason = f"the leaderboard could not score it ({type(error).__name__}: {error})"
        return scoring.Score(entry.student, False, "not scored", reason, None, None, [])
    if score.rule != "too slow":  # a busy machine may be to blame: it is tried again next time
        write_atomically(path, keep.to_json(score).encode())
    return score


def rank(scores):
    """Scores with their ranks, the best first; equals share a rank, rejected ones come last and have none.

    Examples
    --------
    >>> from dqlab.coursework import challenge
    >>> from dqlab.grading import leaderboard
    >>> [(place, score.name) for place, score in leaderboard.rank(challenge.baseline_scores())][:2]
    [(1, 'scaled sign'), (2, 'gain and SimQ+')]
    """
    accepted = sorted((s for s in scores if s.accepted), key=lambda s: (-s.points, s.name))
    places = [(1 + sum(other.points > s.points for other in accepted), s) for s in accepted]
    return places + [(None, s) for s in sorted((s for s in scores if not s.accepted), key=lambda s: s.name)]


def table(ranked):
    """The leaderboard as CSV: one row a contestant, the same bytes for the same scores.

    Parameters
    ----------
    ranked : list of (int or None, Score)

    Returns
    -------
    str

    Examples
    --------
    >>> from dqlab.coursework import challenge
    >>> from dqlab.grading import leaderboard
    >>> leaderboard.table(leaderboard.rank(challenge.baseline_scores())).splitlines()[1][:43]
    '1,scaled sign,accepted,error feedback,0.575'
    """
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\n")
    names = _problems(ranked)
    head = ["rank", "student", "verdict", "claim", "score"]
    writer.writerow([*head, *names, *(f"bits_{name}" for name in names), "rule", "reason"])
    for place, score in ranked:
        by_name = {problem.name: problem for problem in score.problems}
        points = ["" if name not in by_name else f"{by_name[name].score:.4f}" for name in names]
        bits = ["" if name not in by_name else f"{by_name[name].bits:.3f}" for name in names]
        writer.writerow(
            [
                "" if place is None else place,
                plain(score.name),
                "accepted" if score.accepted else "rejected",
                claim(score),
                "" if score.points is None else f"{score.points:.4f}",
                *points,
                *bits,
                plain(score.rule),
                plain(score.reason),
            ]
        )
    return lines.getvalue()


def claim(score):
    """What a contestant claims, and so how it is run.

    Examples
    --------
    >>> from dqlab.coursework import challenge
    >>> from dqlab.grading import leaderboard
    >>> leaderboard.claim(challenge.baseline_scores()[0])
    'unbiased'
    """
    return {True: "unbiased", False: "error feedback", None: ""}[score.unbiased]


def _problems(ranked):
    return next(([problem.name for problem in score.problems] for _, score in ranked if score.accepted), [])


def write(out, ranked, known=()):
    """Write leaderboard.csv, leaderboard.html and, if anybody is accepted, leaderboard.svg and leaderboard.png.

    Parameters
    ----------
    out : path-like
    ranked : list of (int or None, Score)
    known : list of Score
        The baselines, drawn in grey.
    """
    from .. import figures
    from .feedback import page

    out, picture = Path(out), None
    accepted = [score for _, score in ranked if score.accepted]
    if accepted or known:
        figure = pictures.curves(accepted[:IN_COLOUR], known, accepted[IN_COLOUR:])
        figure.savefig(out / "leaderboard.png", dpi=150, metadata={"Software": None})
        picture = figures.show(figure, words(ranked))
        write_atomically(out / "leaderboard.svg", picture.svg.encode())
    write_atomically(out / "leaderboard.csv", table(ranked).encode())
    html = page(
        "leaderboard.html",
        ranked=ranked,
        names=_problems(ranked) or [problem.name for problem in (known or [ranked[0][1]])[0].problems],
        known=sorted((score for score in known if score.accepted), key=lambda score: -score.points),
        picture=picture.svg if picture else "",
        claim=claim,
    )
    write_atomically(out / "leaderboard.html", html.encode())


def words(ranked):
    """The chart in words.

    Examples
    --------
    >>> from dqlab.coursework import challenge
    >>> from dqlab.grading import leaderboard
    >>> leaderboard.words(leaderboard.rank(challenge.baseline_scores()))[:62]
    'The gap to the minimum against the bits spent, a panel for eve'
    """
    accepted = [(place, score) for place, score in ranked if place is not None]
    best = "; ".join(f"{place}. {score.name}, {score.points:.2f} digits" for place, score in accepted[:3])
    who = f"The best: {best}." if best else "No contestant is accepted."
    return f"The gap to the minimum against the bits spent, a panel for every problem, baselines in grey. {who}"


def main(arguments=None):
    """The command line."""
    parser = argparse.ArgumentParser(description="Score the challenge's contestants and write the leaderboard.")
    parser.add_argument("--submissions", required=True, type=Path)
    parser.add_argument("--out", required=True, type=Path)
    parser.add_argument(
        "--secret", help="what fixes the hidden problems (default: that in OUT/secret.txt, or a new one)"
    )
    parser.add_argument("--secret-file", type=Path, help="a file that holds it")
    parser.add_argument("--jobs", type=int, default=max(1, (os.cpu_count() or 1) // 2), help="how many at a time")
    given = parser.parse_args(arguments)
    if given.jobs < 1:
        parser.error("--jobs should be positive")
    without = sandbox.why_no_bubblewrap()
    if without:
        print(
            f"WARNING: no sandbox of the operating system ({without}). Do not score strangers' work like this.",
            file=sys.stderr,
        )
    try:
        secret = given.secret_file.read_text(encoding="utf8").strip() if given.secret_file else given.secret
        ranked = board(given.submissions, given.out, secret, given.jobs)
    except (ValueError, OSError) as error:
        sys.exit(str(error))
    for place, score in ranked:
        print(f"{place:3d}. {score.name}: {score.points:.3f}" if place else f"  -  {score!r}")
    print(given.out / "leaderboard.html")


if __name__ == "__main__":
    main()
