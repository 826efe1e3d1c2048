"""Whose notebook it is: every student has streams of their own, so methods can be compared and numbers cannot."""

import hashlib
import os
from typing import NamedTuple

from ..streams import stream

PLACEHOLDER = "your-id"


class Student(NamedTuple):
    """A student in a term; ``student`` makes one."""

    id: str
    term: str

    @property
    def seed(self):
        """63 bits from the term and the id."""
        digest = hashlib.blake2b(f"{self.term}\0{self.id}".encode(), digest_size=8).digest()
        return int.from_bytes(digest, "big") >> 1

    def stream(self, *key):
        """This student's random stream for one purpose, as ``dqlab.stream`` with their own seed.

        Parameters
        ----------
        *key : int or str
            The purpose, e.g. ``("data", 3)``.

        Returns
        -------
        numpy.random.Generator
        """
        return stream(self.seed, *key)


def student(student_id, term):
    """The student whose notebook this is.

    Parameters
    ----------
    student_id : str
        The id under which the work is handed in; capitals and spaces around it do not matter. While a submission is
        graded, the id that the grader knows replaces it.
    term : str
        The edition of the course, e.g. "2026".

    Returns
    -------
    Student

    Raises
    ------
    TypeError, ValueError
        If the id is not text, is empty, or is still the one that the hand-out has.

    Examples
    --------
    >>> from dqlab import coursework
    >>> ada, grace = coursework.student(" Ada ", "2026"), coursework.student("grace", "2026")
    >>> ada.id, ada == coursework.student("ada", "2026"), ada.seed == grace.seed
    ('ada', True, False)
    >>> int(ada.stream("data").integers(10)) == int(ada.stream("data").integers(10))
    True
    """
    student_id = os.environ.get("DQLAB_STUDENT", student_id)
    for name, value in (("student_id", student_id), ("term", term)):
        if not isinstance(value, str):
            raise TypeError(f"{name}: expected text in quotes, got {value!r}")
    student_id = student_id.strip().casefold()
    if student_id in ("", PLACEHOLDER):
        raise ValueError(f'student_id: write the id under which you hand in instead of "{student_id or PLACEHOLDER}"')
    return Student(student_id, term)
