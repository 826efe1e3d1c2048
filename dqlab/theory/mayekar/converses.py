"""Section 6: what r bits can say of the hard instances, and how large the error must then be. Information is in bits.

V in {-1, 1}^d is hidden in the means of the gradients, `delta` in (0, 1/2] says how deep. `information` is I(V; M) of what the
server holds; bounds on it with an argument `r` are for one message of r bits, and T messages of a fixed quantizer, whatever
randomness its two ends share, say at most T times as much.
"""

import math

import numpy as np

from .._arguments import at_least, plain, whole

LOG_E = math.log2(math.e)
PACKING_RATE = 0.75 * math.log2(3) - 1  # c_2 = 1 - h(1/4): there are always 2**(c_2 d) points of the cube d/4 apart
BERNOULLI_C0 = 1 / (8 * math.sqrt(2 * math.log(2)))  # c_0 of `bernoulli_error`
PANINSKI_C0 = 1 / 8  # c_0 of `paninski_error`


def bit_information(bias):
    """psi(e) = 1 - h((1 + e) / 2): the bits that a guess with E[V] = +-e is worth, for a fair V = +-1.

    psi(e) = sum_k e^(2k) / (2k (2k - 1) ln 2) over k >= 1: between e^2 log2(e) / 2 and e^2.

    >>> bit_information(1.0), round(bit_information(0.01), 9)
    (1.0, 7.2136e-05)
    """
    e = _delta(bias, "bias", 1.0)
    inner = np.minimum(e, 1 - 1e-16)
    return plain(np.where(e == 1, 1.0, (np.log1p(-(inner**2)) / 2 + inner * np.arctanh(inner)) * LOG_E))


def bit_bias(information):
    """The inverse of `bit_information`: how biased one may be about a fair V = +-1 with so many bits.

    >>> round(bit_bias(bit_information(0.3)), 12), bit_bias(1.0)
    (0.3, 1.0)
    """
    wanted = _delta(information, "information", 1.0)
    low, high = np.zeros_like(wanted), np.minimum(1.0, np.sqrt(2 * wanted / LOG_E))
    for _ in range(60):
        middle = (low + high) / 2
        small = np.asarray(bit_information(middle)) < wanted
        low, high = np.where(small, middle, low), np.where(small, high, middle)
    return plain(np.where(wanted == 1, 1.0, high))


def bernoulli_information(delta, r, dim):
    """I(V; Q(Y)) <= d psi(2 delta psi^-1(min(r, d) / d)) for the Bernoulli oracle, V uniform on the cube. Not in the paper.

    This is Mrs. Gerber's lemma (Wyner and Ziv, 1973), with equality for r = d. Proof: Y determines V_i up to a bit that is wrong
    with probability 1/2 - delta, so whoever knows Y_i with bias s knows V_i with bias 2 delta s; psi(2 delta psi^-1(u)) is
    concave in u; and I(V; M) = sum_i I(V_i; M | V_1..V_{i-1}) <= sum_i I(V_i; M, Y_1..Y_{i-1}), while the same sum for Y is
    I(Y; M) <= r.

    >>> round(bernoulli_information(0.1, 4, 4), 6), round(bernoulli_information(0.1, 1, 4), 4)
    (0.116198, 0.0377)
    """
    delta, dim = _delta(delta), at_least(1, dim, "dim")
    known = np.minimum(at_least(0, r, "r") / dim, 1.0)
    return plain(dim * np.asarray(bit_information(2 * delta * np.asarray(bit_bias(known)))))


def bernoulli_contraction(delta, r, dim):
    """I(V; Q(Y)) <= 4 delta^2 min(r, d): a strong data processing inequality with the best constant. Not in the paper.

    It follows from `bernoulli_information`, or at once from psi(2 delta s) <= 4 delta^2 psi(s), term by term of the series.

    >>> bernoulli_contraction(0.25, 1, dim=100)
    0.25
    """
    return plain(4 * _delta(delta) ** 2 * np.minimum(at_least(0, r, "r"), at_least(1, dim, "dim")))


def bernoulli_information_printed(delta, r, dim):
    """Section 6, second bound: I(V; Q(Y)) <= 360 delta^2 min(r, d), from Proposition 2 of Duchi et al. (2014).

    >>> bernoulli_information_printed(0.25, 1, dim=100)
    22.5
    """
    return plain(90.0 * np.asarray(bernoulli_contraction(delta, r, dim)))


def paninski_information(delta, r, dim):
    """I(V; Q(Y)) <= min{log2(e) c delta^2 min(2^r, 2d) / d, psi(2 delta)} for the Paninski oracle, c = 2 F(-2 delta) / (2 delta)^2.

    Not in the paper. As `paninski_chi_square`, but with (1 + u) ln(1 + u) - u = F(u) in the place of u^2: a message is 1 + u times
    as likely as on average, |u| <= 2 delta, F(u) <= c u^2 / 2 there, and c goes to 1 with delta. psi(2 delta) is I(V; Y).

    >>> round(paninski_information(0.2, 3, 4), 6), round(paninski_information(0.01, 1, 4) / 0.01**2, 3)
    (0.118709, 0.726)
    """
    delta = _delta(delta)
    u = -2 * np.maximum(delta, 1e-6)
    with np.errstate(divide="ignore", invalid="ignore"):
        divergence = np.where(u == -1, 1.0, (1 + u) * np.log1p(u) - u)
    # where the quotient loses digits it is 1 + 2 delta / 3 + ...
    c = np.where(delta < 1e-3, 1 + delta, 2 * divergence / u**2)
    chi_square = np.asarray(paninski_chi_square(delta, r, dim))
    return plain(np.minimum(c / 2 * chi_square, bit_information(2 * delta)))


def paninski_chi_square(delta, r, dim):
    """I(V; Q(Y)) <= 2 log2(e) delta^2 min(2^r, 2d) / d: the safe form of the chi-square bound of Section 6.

    I <= log2(e) E chi^2, and with W(m|y) the chance of message m, P_0(m) its average and D_i = W(m|+i) - W(m|-i),
    E (sum_i delta V_i D_i / d)^2 = (delta / d)^2 sum_i D_i^2 <= (delta / d)^2 2d P_0(m) for pairwise independent fair V_i.

    >>> round(paninski_chi_square(0.2, 1, dim=8), 6)
    0.028854
    """
    delta, r, dim = _delta(delta), at_least(0, r, "r"), at_least(1, dim, "dim")
    return plain(2 * LOG_E * delta**2 * _letters(r, dim) / dim)


def paninski_information_printed(delta, r, dim):
    """Section 6, first bound, as printed: delta^2 min(2^r, d) / d. Too small by a factor of up to 2 log2(e): see Errata A14.

    >>> paninski_information_printed(0.2, 1, dim=8)
    0.010000000000000002
    """
    delta, r, dim = _delta(delta), at_least(0, r, "r"), at_least(1, dim, "dim")
    return plain(delta**2 * np.minimum(_letters(r, dim), dim) / dim)


def gilbert_varshamov_bits(dim, distance=None):
    """log2 of 2^d / sum_{i < distance} binomial(d, i): so many bits does a maximal packing of the cube have, at least.

    With the paper's `distance`, d / 4 rounded up unless given, this is c_2 d or more, c_2 = 1 - h(1/4) = 0.1887.

    >>> round(gilbert_varshamov_bits(16), 3), round(gilbert_varshamov_bits(1024) / 1024, 4)
    (6.555, 0.1947)
    """
    dim = whole(dim, "dim")
    distance = -(-dim // 4) if distance is None else whole(distance, "distance")
    ball = sum(math.comb(dim, i) for i in range(min(distance, dim + 1)))
    return dim - math.log2(ball)


def fano_error(delta, information, packing_bits, scale=1.0):
    """Section 6: E[f(x_T) - f*] >= (scale delta / 4) (1 - (I + 1) / log2 |V|) on average over V, uniform on a d/4-packing.

    `information` is that of all T messages; `scale` is D B d**(-1/p) for the Paninski oracle, D B for the Bernoulli oracle.

    >>> fano_error(0.25, information=2.0, packing_bits=6.0)
    0.03125
    """
    delta, information = _delta(delta), at_least(0, information, "information")
    missed = 1 - (information + 1) / _positive(packing_bits, "packing_bits")
    return plain(at_least(0, scale, "scale") * delta / 4 * np.maximum(missed, 0.0))


def fano_delta(coefficient, packing_bits):
    """The delta <= 1/2 that makes `fano_error` largest, where the information is `coefficient` delta^2.

    delta (a - b delta^2) has its maximum at delta^2 = a / (3 b). Errata A13: delta <= 1/2 asks for many steps T.

    >>> fano_delta(coefficient=100.0, packing_bits=4.0)
    0.1
    """
    left = np.maximum(_positive(packing_bits, "packing_bits") - 1, 0.0)
    return plain(np.minimum(0.5, np.sqrt(left / (3 * _positive(coefficient, "coefficient")))))


def assouad_error(delta, information, dim, scale=1.0):
    """E[f(x_T) - f*] >= scale delta (1 - psi^-1(I / d)) on average over V, uniform on the whole cube. Not in the paper.

    f(x) - f* is scale delta times the mean of 1 - V_i u_i, u = -2 d**(1/p) x / D. No u_i with |u_i| <= 1 has E[V_i u_i] above
    E|E[V_i | M]| =: e_i, psi(e_i) <= I(V_i; M) as psi is convex, and the I(V_i; M) add up to I(V; M) or less as the V_i are
    independent. No packing, no Fano; `scale` as in `fano_error`.

    >>> round(assouad_error(0.25, information=2.0, dim=16), 6)
    0.147463
    """
    share = np.minimum(at_least(0, information, "information") / at_least(1, dim, "dim"), 1.0)
    return plain(at_least(0, scale, "scale") * _delta(delta) * (1 - np.asarray(bit_bias(share))))


def bernoulli_error(T, r, dim, D=1.0, B=1.0):
    """Theorem 6.2 and the second bound of Theorem 6.1: some oracle leaves T messages of r bits with this error, whatever p is.

    It is c_0 D B sqrt(d / (T min(r, d))), c_0 = 1 / (8 sqrt(2 ln 2)) = 0.106, from T = `bernoulli_least_steps` on; before that
    what delta = 1/2 gives. Proof: `assouad_error` with `bernoulli_contraction`, psi(e) >= e^2 log2(e) / 2, and the best delta.

    >>> round(bernoulli_error(T=10000, r=16, dim=1024), 6)
    0.008493
    """
    T, r, dim = _positive(T, "T"), _positive(r, "r"), at_least(1, dim, "dim")
    return _best_tent(np.sqrt(8 * math.log(2) * T * np.minimum(r, dim) / dim), _scale(D, B))


def bernoulli_least_steps(r, dim):
    """From this T on the best delta of `bernoulli_error` is at most 1/2: d / (8 ln 2 min(r, d)).

    >>> round(bernoulli_least_steps(r=16, dim=1024), 2)
    11.54
    """
    dim = at_least(1, dim, "dim")
    return plain(dim / (8 * math.log(2) * np.minimum(_positive(r, "r"), dim)))


def paninski_error(T, r, dim, p, D=1.0, B=1.0):
    """The first bound of Theorem 6.1: the error that some Paninski oracle leaves T messages of r bits with.

    It is c_0 D B d**(1/2 - 1/p) sqrt(d / (T min(2^r, 2d))), c_0 = 1/8, from T = `paninski_least_steps` on; before that what
    delta = 1/2 gives. Proof: `assouad_error` with `paninski_chi_square`.

    >>> round(paninski_error(T=10**7, r=4, dim=1024, p=float("inf")), 6)
    0.010119
    """
    T, r, dim = _positive(T, "T"), _positive(r, "r"), at_least(1, dim, "dim")
    slope = 2 * np.sqrt(T * _letters(r, dim)) / dim
    return _best_tent(slope, _scale(D, B) * dim ** (-1 / at_least(1, p, "p")))


def paninski_least_steps(r, dim):
    """From this T on the best delta of `paninski_error` is at most 1/2: d^2 / (4 min(2^r, 2d)).

    >>> paninski_least_steps(r=4, dim=1024)
    16384.0
    """
    dim = at_least(1, dim, "dim")
    return plain(dim**2 / (4 * _letters(_positive(r, "r"), dim)))


def error_lower_bound(T, r, dim, p, D=1.0, B=1.0):
    """Theorems 6.1 and 6.2 with certified constants: E*_0(T, r, p) >= the larger of `bernoulli_error` and `paninski_error`.

    >>> round(error_lower_bound(T=10**7, r=4, dim=1024, p=float("inf")), 6)
    0.010119
    """
    return plain(np.maximum(bernoulli_error(T, r, dim, D, B), paninski_error(T, r, dim, p, D, B)))


def sharp_bernoulli_error(T, r, dim, D=1.0, B=1.0):
    """`bernoulli_error` with `bernoulli_information` and the best of many delta: a little larger, without a formula.

    >>> round(sharp_bernoulli_error(T=10000, r=16, dim=1024), 6)
    0.00871
    """
    T, r, dim, delta = _many_deltas(T=T, r=r, dim=dim)
    tried = np.asarray(assouad_error(delta, T * bernoulli_information(delta, r, dim), dim))
    return plain(_scale(D, B) * np.max(tried, axis=-1))


def sharp_paninski_error(T, r, dim, p, D=1.0, B=1.0):
    """`paninski_error` with `paninski_information` and the best of many delta: up to sqrt(2) times larger, without a formula.

    >>> round(sharp_paninski_error(T=10**7, r=4, dim=1024, p=float("inf")), 6)
    0.014502
    """
    T, r, dim, p, delta = _many_deltas(T=T, r=r, dim=dim, p=p)
    tried = np.asarray(assouad_error(delta, T * paninski_information(delta, r, dim), dim, dim ** (-1 / p)))
    return plain(_scale(D, B) * np.max(tried, axis=-1))


def _many_deltas(**numbers):
    """The numbers as arrays with one axis more, and along that axis 600 values of delta."""
    arrays = [_positive(value, name)[..., None] for name, value in numbers.items()]
    return *arrays, np.geomspace(1e-6, 0.5, 600)


def _best_tent(slope, scale):
    """The maximum of scale delta (1 - slope delta) over delta <= 1/2."""
    delta = np.minimum(0.5, 0.5 / slope)
    return plain(scale * delta * (1 - slope * delta))


def _letters(r, dim):
    """min(2^r, 2d), for any r."""
    return np.minimum(2.0 ** np.minimum(r, 1000.0), 2 * dim)


def _scale(D, B):
    return at_least(0, D, "D") * at_least(0, B, "B")


def _delta(value, name="delta", high=0.5):
    """`value` as numbers from 0 to `high`."""
    array = at_least(0, value, name)
    if not (array <= high * (1 + 1e-12)).all():
        raise ValueError(f"{name}: expected numbers from 0 to {high:g}, got {array.max()}")
    return np.minimum(array, high)


def _positive(value, name):
    array = at_least(0, value, name)
    if not (array > 0).all():
        raise ValueError(f"{name}: expected numbers > 0, got {array.min()}")
    return array
