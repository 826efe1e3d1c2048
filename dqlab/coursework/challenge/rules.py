"""The rules of the challenge in one place: what a message costs, the budgets, the limits, and what a rejection is."""

from ... import _checks

VERSION = 1  # of the rules: results made under others are never mixed in
BUDGETS = (8, 32, 128, 512)
"""Bits a coordinate that a run may spend in total; its accuracy is read off at each."""
MOST_STEPS = 2000
"""A run is over after so many messages, however short they are."""
LONGEST_MESSAGE = 1 << 20
FEEDBACK_ROOM = 4.0
"""With error feedback the inputs are up to so many times as long as the oracle's answers."""
CLOSEST = 1e-6
"""A gap below this part of the first one counts as this part: luck at the last digit wins nothing."""
FIRST_CALL, LATER_CALL, WHOLE_SCORE = 180.0, 20.0, 600.0
"""Seconds: to import and compile, for a call after that, and for everything."""


class Rejected(Exception):
    """A contestant broke a rule.

    Attributes
    ----------
    rule : str
        Which: a few words, the same for everyone who breaks it.
    reason : str
        What was seen, for the contestant.
    """

    def __init__(self, rule, reason):
        super().__init__(f"{rule}: {reason}")
        self.rule, self.reason = rule, reason


def message_cost(nbits, declared=None):
    """What a message costs in bits.

    Parameters
    ----------
    nbits : int
        Its length.
    declared : int, optional
        The length of every message, where the contestant declares one (``self.nbits``).

    Returns
    -------
    int
        `nbits` where the length is declared, at least 1. Otherwise the message also pays for saying where it ends: the Elias
        gamma code of nbits + 1 takes 2 floor(log2(nbits + 1)) + 1 bits.

    Examples
    --------
    >>> from dqlab.coursework.challenge import message_cost
    >>> message_cost(100, declared=100), message_cost(100), message_cost(0)
    (100, 113, 1)
    """
    nbits = _checks.integer(nbits, "nbits", 0)
    if declared is not None:
        return max(1, nbits)
    return nbits + 2 * ((nbits + 1).bit_length() - 1) + 1
