"""Seconds of a step's messages, what quantizing saves of them, and which density of messages a quoted saving belongs to (Figure 6)."""

from .._arguments import above_zero, at_least, plain

FLOAT = 32  # bits of an unquantized number, and of a scale


def seconds(bits, bandwidth=100e6):
    """Seconds that a message takes: bits / (8 bandwidth); Figure 6's link carries 100 MB a second.

    Parameters
    ----------
    bits : float or array
        At least 0.
    bandwidth : float or array
        Bytes a second, above 0.

    Returns
    -------
    float or array

    Raises
    ------
    ValueError
        If there are less than 0 bits, or no bandwidth.

    Examples
    --------
    >>> from dqlab.theory import xu
    >>> xu.seconds(32 * 1_355_191)  # an unquantized gradient of news20
    0.05420764
    """
    return plain(at_least(0, bits, "bits") / (8 * above_zero(bandwidth, "bandwidth")))


def savings_one_way(k, d):
    """The share of transmission time that masked two-bit messages save where only the workers' are quantized.

    Against 32 d bits both ways; 32 + d + 2 k bits go up and 32 d down: 1/2 - (32 + d + 2 k) / (64 d).

    Parameters
    ----------
    k, d : int or array
        How many of the d coordinates are selected.

    Returns
    -------
    float or array

    Raises
    ------
    ValueError
        Unless 0 <= k <= d and d >= 1.

    Examples
    --------
    >>> from dqlab.theory import xu
    >>> round(xu.savings_one_way(130_400, 1_000_000), 4)
    0.4803
    """
    k, d = _counts(k, d)
    return plain(0.5 - (FLOAT + d + 2 * k) / (2 * FLOAT * d))


def savings_two_way(k, d, k_down=None):
    """The share of transmission time that is saved where the server's messages are quantized, too.

    (32 + d + 2 k) + (32 + d + 2 k_down) bits against 64 d. The server selects what any worker selected, so `k_down` is at least `k`.

    Parameters
    ----------
    k, d : int or array
    k_down : int or array, optional
        How many coordinates the server's message has; `k` unless given, as the paper's percentages have it.

    Returns
    -------
    float or array

    Raises
    ------
    ValueError
        Unless 0 <= k <= k_down <= d and d >= 1.

    Examples
    --------
    >>> from dqlab.theory import xu
    >>> round(xu.savings_two_way(130_400, 1_000_000), 4)
    0.9606
    """
    k, d = _counts(k, d)
    k_down = k if k_down is None else _counts(k_down, d)[0]
    if not (k <= k_down).all():
        raise ValueError(f"k_down: expected at least k, as the server selects what any worker did, got {k_down} < {k}")
    return plain(1 - (2 * FLOAT + 2 * d + 2 * k + 2 * k_down) / (2 * FLOAT * d))


def density_of(saving, ways):
    """The density k / d at which a long vector saves what is quoted; the inverse of the two savings for d to infinity.

    Parameters
    ----------
    saving : float or array
        A share of transmission time: 29/64 to 31/64 one way, 29/32 to 31/32 two ways. Nothing else can come from such messages.
    ways : {1, 2}
        How many directions are quantized.

    Returns
    -------
    float or array

    Raises
    ------
    ValueError
        If no density from 0 to 1 saves that much.

    Examples
    --------
    >>> from dqlab.theory import xu
    >>> [round(xu.density_of(saving, ways), 4) for saving, ways in ((0.4803, 1), (0.9606, 2))]
    [0.1304, 0.1304]
    """
    if ways not in (1, 2):
        raise ValueError(f"ways: expected 1 or 2, got {ways!r}")
    saving = at_least(0, saving, "saving")
    density = (FLOAT - 1 - saving * (2 * FLOAT / ways)) / 2
    if not ((density >= 0) & (density <= 1)).all():
        low, high = (ways * (FLOAT - bits) / (2 * FLOAT) for bits in (3, 1))
        raise ValueError(f"saving: expected {low:g} to {high:g} for {ways} of 2 ways, got {saving}")
    return plain(density)


def _counts(k, d):
    """k and d as arrays with 0 <= k <= d."""
    k, d = at_least(0, k, "k"), at_least(1, d, "d")
    if not (k <= d).all():
        raise ValueError(f"k: expected at most d selected coordinates, got k = {k} and d = {d}")
    return k, d
