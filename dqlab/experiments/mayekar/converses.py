"""How much r bits say of V, exactly: every quantizer there is, at sizes where that can be tried. Information is in bits.

Deterministic quantizers are enough. A quantizer that draws lots, in private or shared with the decoder, is a mixture of
deterministic ones, and I(V; Q(Y)) is convex in the channel from Y to the message, so some deterministic one says as much.
"""

import itertools
import math

import numpy as np

from ... import _checks
from ...theory.mayekar import bit_information


def mutual_information(channel, prior=None):
    """I(V; M) for P(m | v) in the rows of `channel`, exactly; V uniform unless `prior` is given.

    Parameters
    ----------
    channel : array, shape (..., values of V, messages)
    prior : array, shape (values of V,), optional

    Returns
    -------
    float or array

    Examples
    --------
    >>> from dqlab.experiments import mayekar
    >>> mayekar.mutual_information([[1.0, 0.0], [0.5, 0.5]])
    0.31127812445913283
    """
    channel = np.asarray(channel, float)
    prior = np.full(channel.shape[-2], 1 / channel.shape[-2]) if prior is None else np.asarray(prior, float)
    joint = _entropy((channel * prior[:, None]).sum(axis=-2))
    answer = joint - _entropy(channel) @ prior
    return float(answer) if np.ndim(answer) == 0 else answer


def corners(dim):
    """All points of {-1, 1}^d, shape (2**d, d): coordinate i of number j is -1 where bit i of j is set.

    Examples
    --------
    >>> from dqlab.experiments import mayekar
    >>> mayekar.corners(2).tolist()
    [[1.0, 1.0], [-1.0, 1.0], [1.0, -1.0], [-1.0, -1.0]]
    """
    dim = _checks.integer(dim, "dim", 1)
    return 1.0 - 2.0 * ((np.arange(2**dim)[:, None] >> np.arange(dim)) & 1)


def bernoulli_channel(delta, points):
    """P(y | v) of one answer of the Bernoulli oracle: rows the given v, columns the signs y in the order of `corners`.

    Examples
    --------
    >>> from dqlab.experiments import mayekar
    >>> mayekar.bernoulli_channel(0.25, mayekar.corners(1)).tolist()
    [[0.75, 0.25], [0.25, 0.75]]
    """
    points = np.atleast_2d(points)
    agreed = (points.shape[1] + points @ corners(points.shape[1]).T) / 2
    return (0.5 + delta) ** agreed * (0.5 - delta) ** (points.shape[1] - agreed)


def paninski_channel(delta, points):
    """P(y | v) of one answer of the Paninski oracle: rows the given v, columns +e_1, ..., +e_d, -e_1, ..., -e_d.

    Examples
    --------
    >>> from dqlab.experiments import mayekar
    >>> mayekar.paninski_channel(0.25, [[1.0, -1.0]]).tolist()
    [[0.375, 0.125, 0.125, 0.375]]
    """
    points = np.atleast_2d(points)
    dim = points.shape[1]
    return np.hstack([1 + 2 * delta * points, 1 - 2 * delta * points]) / (2 * dim)


def every_one_bit(delta, dim):
    """I(V; Q(Y)) of every one-bit quantizer of the Bernoulli oracle's answer, V uniform on the cube.

    Parameters
    ----------
    delta : float
        From above 0 to 1/2.
    dim : int
        d, at most 4: there are 2**(2**d - 1) quantizers, up to the name of the bit.

    Returns
    -------
    array
        Entry number j belongs to the quantizer whose bit, at the corner number i of `corners`, is bit i of j.

    Examples
    --------
    >>> from dqlab.experiments import mayekar
    >>> information = mayekar.every_one_bit(0.1, 3)
    >>> len(information), int(information.argmax()), round(float(information.max()) / 0.1**2, 3)
    (128, 15, 2.905)
    """
    dim = _checks.integer(dim, "dim", 1)
    if dim > 4:
        raise ValueError(f"dim: expected at most 4, where there are 2**15 quantizers, got {dim}")
    channel = bernoulli_channel(_delta(delta), corners(dim))
    letters = len(channel)
    tables = (np.arange(2 ** (letters - 1))[:, None] >> np.arange(letters)) & 1
    chance = tables @ channel.T  # quantizers by values of V
    return mutual_information(np.stack([chance, 1 - chance], axis=-1))


def every_partition(channel, cells):
    """I(V; Q(Y)) of every quantizer with at most so many messages: all ways to split the letters y into cells.

    Parameters
    ----------
    channel : array, shape (values of V, letters)
        V is uniform.
    cells : int

    Returns
    -------
    information : array
    labels : array of int, shape (quantizers, letters)
        The cell of every letter; cells are numbered in order of appearance.

    Examples
    --------
    >>> from dqlab.experiments import mayekar
    >>> channel = mayekar.paninski_channel(0.2, mayekar.corners(3))
    >>> information, labels = mayekar.every_partition(channel, cells=2)
    >>> len(information), labels[information.argmax()].tolist()
    (32, [0, 0, 0, 1, 1, 1])
    """
    channel = np.asarray(channel, float)
    letters, cells = channel.shape[1], _checks.integer(cells, "cells", 1)
    labels = np.zeros((1, 1), np.int8)
    for _ in range(letters - 1):
        most = np.minimum(labels.max(axis=1) + 2, cells)
        if most.sum() > 1 << 20:
            raise ValueError(
                f"cells: expected at most 2**20 partitions; there are more of {letters} letters into {cells}"
            )
        labels = np.hstack([np.repeat(labels, most, axis=0), np.concatenate([np.arange(m) for m in most])[:, None]])
    information = np.empty(len(labels))
    for start in range(0, len(labels), 4096):
        inside = labels[start : start + 4096, :, None] == np.arange(cells)
        information[start : start + 4096] = mutual_information(channel @ inside.astype(float))
    return information, labels


def every_pairing(delta, dim, bits):
    """I(V; Q(Y)) of every r-bit quantizer of the Paninski oracle's answer, V uniform on the cube, up to what cannot matter.

    A quantizer puts the letters +e_i and -e_i into two cells, or one: it is a graph with 2^r vertices, the cells, and d edges,
    the coordinates. Turning an edge around is V_i to -V_i, and names of cells and coordinates mean nothing, so graphs up to
    isomorphism are all there is: hundreds or thousands in the place of 2^(2 r d) quantizers.

    Parameters
    ----------
    delta : float
    dim : int
        d, at most 8.
    bits : int
        r, at most 3.

    Returns
    -------
    information : array
    graphs : array of int, shape (graphs, 2**r, 2**r)
        Symmetric: how many coordinates join two cells; on the diagonal those that have both letters in one cell.

    Examples
    --------
    >>> from dqlab.experiments import mayekar
    >>> information, graphs = mayekar.every_pairing(0.2, dim=4, bits=1)
    >>> len(graphs), graphs[information.argmax()].tolist()
    (9, [[0, 4], [4, 0]])
    """
    dim, bits = _checks.integer(dim, "dim", 1), _checks.integer(bits, "bits", 1)
    if dim > 8 or bits > 3:
        raise ValueError(f"dim and bits: expected at most 8 and 3, got {dim} and {bits}")
    graphs = _graphs(dim, 2**bits)
    information = np.empty(len(graphs))
    for start in range(0, len(graphs), 512):
        information[start : start + 512] = _pairing_information(_delta(delta), graphs[start : start + 512], dim)
    return information, graphs


def _graphs(edges, vertices):
    """All graphs with so many edges, loops and repetitions allowed; of graphs that differ by names, seldom more than one."""
    pairs = list(itertools.combinations_with_replacement(range(vertices), 2))
    steps = np.zeros((len(pairs), vertices, vertices), np.int8)
    for step, (a, b) in zip(steps, pairs, strict=True):
        step[a, b] = step[b, a] = 1
    graphs = np.zeros((1, vertices, vertices), np.int8)
    for _ in range(edges):
        grown = (graphs[:, None] + steps).reshape(-1, vertices, vertices)
        graphs = np.unique(_renamed(np.unique(grown, axis=0)), axis=0)
    return graphs


def _renamed(graphs):
    """The same graphs, vertices sorted by what is seen from them: fewer are different then. Any sorting is a renaming."""
    A = graphs.astype(float)
    loops = np.diagonal(A, axis1=1, axis2=2)
    colour = np.sin(1.0 + 1.7 * A.sum(axis=2) + 0.61 * loops)
    for _ in range(4):
        colour = np.sin(3.1 * colour + (np.sin(2.3 * A) @ (colour**2)[:, :, None])[:, :, 0] + 0.37 * loops)
    order = np.argsort(np.round(colour, 9), axis=1, kind="stable")
    rows = np.take_along_axis(graphs, order[:, :, None], axis=1)
    return np.take_along_axis(rows, order[:, None, :], axis=2)


def _pairing_information(delta, graphs, dim):
    """I(V; cell) for every graph: the edge i adds (1 + 2 delta V_i) / 2d to one of its ends and (1 - 2 delta V_i) / 2d to the other."""
    vertices = graphs.shape[1]
    upper = [(a, b) for a in range(vertices) for b in range(a, vertices)]
    first, last = (np.eye(vertices)[[pair[k] for pair in upper]] for k in (0, 1))
    counts = np.stack([graphs[:, a, b] for a, b in upper], axis=1)
    which = np.stack([np.repeat(np.arange(len(upper)), count) for count in counts])  # graphs by edges
    degree, turn = (first + last)[which].sum(axis=1), (first - last)[which]
    channel = degree[:, None, :] / (2 * dim) + delta / dim * (corners(dim) @ turn)
    return mutual_information(channel)


def perfect_code_information(delta, dim, radius):
    """(bits, I(V; Q(Y))) where Q sends the nearest codeword of a perfect code: the cube is the disjoint union of balls.

    Perfect are repetition codes (d odd, radius (d - 1) / 2), Hamming codes (d = 2^m - 1, radius 1), the Golay code (d = 23,
    radius 3) and the cube itself (radius 0). V given the message is codeword + uniform ball + noise, so I is d - H(ball + noise).

    Examples
    --------
    >>> from dqlab.experiments import mayekar
    >>> bits, information = mayekar.perfect_code_information(0.1, 23, 3)
    >>> bits, round(information, 4), round(12 * mayekar.perfect_code_information(0.1, 1, 0)[1], 4)
    (12, 0.3768, 0.3486)
    """
    dim, radius, delta = _checks.integer(dim, "dim", 1), _checks.integer(radius, "radius", 0), _delta(delta)
    ball = sum(math.comb(dim, i) for i in range(radius + 1))
    repetition = dim == 2 * radius + 1
    if not (radius == 0 or repetition or (radius == 1 and dim & (dim + 1) == 0) or (dim, radius) == (23, 3)):
        raise ValueError(f"dim and radius: expected those of a perfect code, got {dim} and {radius}")
    entropy = 0.0
    for weight in range(dim + 1):
        chance = 0.0
        for inside, outside in itertools.product(range(min(radius, weight) + 1), range(radius + 1)):
            if inside + outside <= radius and outside <= dim - weight:
                away = weight - inside + outside
                ways = math.comb(weight, inside) * math.comb(dim - weight, outside)
                chance += ways * (0.5 - delta) ** away * (0.5 + delta) ** (dim - away)
        chance /= ball
        entropy -= math.comb(dim, weight) * chance * math.log2(chance) if chance > 0 else 0.0
    return dim - (ball - 1).bit_length(), dim - entropy


def majority_information(delta, count):
    """I(V_1; M) where M is the majority of `count` answers, an odd number of them, about one fair sign V_1.

    One bit that a quantizer may send of a packing whose coordinates repeat: `dependent_packing`.

    Examples
    --------
    >>> from dqlab.experiments import mayekar
    >>> round(mayekar.majority_information(0.01, 1) / 0.01**2, 3), round(mayekar.majority_information(0.01, 101) / 0.01**2, 1)
    (2.886, 184.8)
    """
    from scipy.stats import binom

    count, delta = _checks.integer(count, "count", 1), _delta(delta)
    if count % 2 == 0:
        raise ValueError(f"count: expected an odd number, got {count}")
    right, wrong = (float(binom.sf(count // 2, count, 0.5 + sign * delta)) for sign in (1, -1))
    return bit_information(right - wrong)


def _entropy(chances):
    """Bits, along the last axis."""
    chances = np.maximum(chances, 0.0)
    return -np.sum(chances * np.log2(np.where(chances > 0, chances, 1.0)), axis=-1)


def _delta(delta):
    delta = _checks.positive(delta, "delta")
    if delta > 0.5:
        raise ValueError(f"delta: expected at most 1/2, got {delta}")
    return delta
