"""Naive versions of every kernel: slow, obvious, written without looking at the kernels. Tests hold the two equal."""

import functools
import heapq
import itertools
import math
from fractions import Fraction

import numpy as np
from scipy.linalg import hadamard

from dqlab.streams import key

BLOCK = 4096


def fixed_width_bits(codes, width):
    """The bits of `pack_fixed`, one by one, by the layout that its docstring describes."""
    bits = [0] * (len(codes) * width)
    whole = len(codes) // BLOCK * BLOCK
    for i, code in enumerate(int(c) for c in codes):
        if i >= whole:
            for b in range(width):
                bits[i * width + b] = code >> b & 1
            continue
        block, place = divmod(i, BLOCK)
        at, shift = block * BLOCK * width, 0
        while shift < width:
            field = max(f for f in (1, 2, 4, 8) if f <= width - shift)
            per_plane = BLOCK * field // 8
            lane, byte = divmod(place, per_plane)
            for b in range(field):
                bits[at + 8 * byte + lane * field + b] = code >> (shift + b) & 1
            at, shift = at + BLOCK * field, shift + field
    return bits


def mixed_radix_bits(codes, alphabet):
    """The bits of `pack_radix` for an alphabet that is no power of two: groups of 64, the last one with the rest."""
    codes, bits = [int(c) for c in codes], []
    groups = max(1, len(codes) // 64)
    for g in range(groups):
        group = codes[64 * g : 64 * (g + 1)] if g < groups - 1 else codes[64 * g :]
        value = sum(code * alphabet**i for i, code in enumerate(group))
        bits += [value >> b & 1 for b in range((alphabet ** len(group) - 1).bit_length())]
    return bits


def message_bits(message):
    """The bits of a message, one by one."""
    return [int(message.words[i // 64]) >> (i % 64) & 1 for i in range(message.nbits)]


def subsets_in_rank_order(size, count):
    """All subsets, ordered by their largest member, then the next one, and so on."""
    return sorted(itertools.combinations(range(size), count), key=lambda subset: subset[::-1])


def nearest_midpoint(levels, u, scale):
    """The nearest of the K midpoints of [-scale, scale], coordinate by coordinate."""
    midpoints = [scale * (-1 + (2 * c + 1) / levels) for c in range(levels)]
    return np.array([min(midpoints, key=lambda m: abs(m - value)) for value in u])


def nearest_point(points, u, scale):
    """The nearest of the scaled points."""
    return min((scale * np.asarray(p) for p in points), key=lambda p: float(np.linalg.norm(u - p)))


def nearest_lattice_points(quantizer, u, scale):
    """Block after block, the nearest point of a quantizer's lattice, scaled as its notes say."""
    unit = scale / quantizer.radius
    blocks = np.reshape(u, (-1, quantizer.lattice.dim)) / unit
    return unit * np.concatenate([nearest_lattice_point(quantizer.lattice, block) for block in blocks])


def nearest_lattice_point(lattice, y):
    """The nearest of all points of the lattice that can be nearest."""
    kind = lattice.name.rstrip("0123456789*")
    if lattice.name.startswith("A"):
        return _nearest_of_star(lattice, y)
    if kind == "Leech":
        return _nearest_of_leech(lattice, y)
    if kind == "Z":
        return np.array([min((math.floor(v), math.ceil(v)), key=lambda z: abs(v - z)) for v in y], float)
    found = [_even_corner(np.asarray(y) - shift) + shift for shift in {"D": (0.0,), "E": (0.0, 0.5)}[kind]]
    return min(found, key=lambda p: float(np.linalg.norm(y - p)))


def _even_corner(y):
    """The nearest corner with an even sum of the unit cube around `y`."""
    corners = np.floor(y) + np.array(list(itertools.product((0, 1), repeat=len(y))))
    even = corners[corners.sum(axis=1) % 2 == 0]
    return even[np.argmin(((y - even) ** 2).sum(axis=1))]


def _nearest_of_leech(lattice, y):
    """The best of all 8192 cosets x = m + 2 c + 4 z of the words c that the lattice's own basis spans."""
    words, best = _words_of_leech(lattice.basis.tobytes()), (np.inf, None)
    for m in (0, 1):
        base = m + 2 * words
        z = np.rint((y - base) / 4)
        error = (y - base) / 4 - z
        worst, rows = np.abs(error).argmax(axis=1), np.arange(len(words))
        wrong = (z.sum(axis=1) % 2) != m
        z[rows, worst] += wrong * np.where(error[rows, worst] > 0, 1, -1)
        x = base + 4 * z
        squared = ((y - x) ** 2).sum(axis=1)
        best = min(best, (squared.min(), x[squared.argmin()]), key=lambda pair: pair[0])
    return best[1]


@functools.cache
def _words_of_leech(basis):
    words = {(0,) * 24}
    for row in np.frombuffer(basis).reshape(24, 24)[1:]:
        word = tuple(int(v) // 2 % 2 for v in row)
        if word not in words:
            words |= {tuple(a ^ b for a, b in zip(word, other)) for other in words}
    ones = {tuple(1 - a for a in word) for word in words}
    return np.array(sorted(words | ones))


def _nearest_of_star(lattice, y):
    """A corner of the unit cube around the n + 1 coordinates with mean 0, less its mean."""
    lifted = np.append(np.linalg.solve(lattice.basis.T, y), 0.0)
    lifted -= lifted.mean()
    corners = np.floor(lifted) + np.array(list(itertools.product((0, 1), repeat=len(lifted))))
    errors = lifted - corners
    best = corners[np.argmin(((errors - errors.mean(axis=1, keepdims=True)) ** 2).sum(axis=1))]
    return (best[:-1] - best[-1]) @ lattice.basis


def randomly_rounded(bounds, levels, u, key):
    """CUQ from its definition, in exact fractions: a bound for all or for every coordinate, 0 past it."""
    return np.array(
        [_rounded(b, levels, value, half_draw(key, i)) for i, (b, value) in enumerate(np.broadcast(bounds, u))]
    )


def _rounded(bound, levels, value, draw):
    """The level below, or the one above with the probability that the distance to it says."""
    if abs(value) > bound * (1 + 1e-11):
        return 0.0
    bound, value = Fraction(float(bound)), Fraction(float(value))
    step = 2 * bound / (levels - 1)
    below, rest = divmod(max(-bound, min(value, bound)) + bound, step)
    return float(-bound + step * (below + (Fraction(draw) < rest / step)))


def nearest_then_a_step(per_unit, bound, u, key):
    """The grid quantizer as its authors wrote it, in exact fractions: the nearest point, then a step to the other side of the input."""
    per_unit, rounded = Fraction(float(per_unit)), []
    for i, value in enumerate(u):
        y = Fraction(float(min(max(value, -bound), bound))) * per_unit
        nearest = math.floor(y + Fraction(1, 2))
        rest = y - nearest
        draw = Fraction(half_draw(key, i))
        moves = draw < rest if rest > 0 else 1 - draw <= -rest
        rounded.append(float((nearest + (moves and (1 if rest > 0 else -1))) / per_unit))
    return np.array(rounded)


def rounded_gain(ends, levels, value, key):
    """A gain in the first of the ranges that holds it, at a level below or above as the distances say; 0 past the last."""
    held = [Fraction(end) for end in ends if value <= end * (1 + 1e-11)]
    if not held:
        return 0.0
    step = held[0] / (levels - 1)
    below, rest = divmod(min(Fraction(value), held[0]), step)
    return float(step * (below + (Fraction(splitmix_uniform(key, 0)) >= 1 - rest / step)))


def rotated_and_rounded(bound, levels, block, u, key, shared):
    """RATQ with the rotation as a matrix, and every block's range looked for among all that the formula gives."""
    R, y = _rotation(u, shared)
    return (R.T @ randomly_rounded(_ranges(bound, block, y), levels, y, key))[: len(u)]


def rotated_and_sampled(bound, count, u, key, shared):
    """Subsampled RATQ: every number is taken with the chance that it has among those which are left."""
    R, y = _rotation(u, shared)
    seed, places = _mixed(shared ^ 0x5851F42D4C957F2D), []
    for i in range(len(y)):
        if splitmix_uniform(seed, i) * (len(y) - i) < count - len(places):
            places.append(i)
    received = np.zeros(len(y))
    received[places] = len(y) / count * randomly_rounded(_ranges(bound, 1, y)[places], 7, y[places], key)
    return (R.T @ received)[: len(u)]


def _rotation(u, shared):
    """R as a matrix, and R u with zeros behind u."""
    size = 1 << (len(u) - 1).bit_length()
    signs = np.array([1 - 2 * (splitmix(shared, i // 64) >> i % 64 & 1) for i in range(size)])
    R = hadamard(size) / math.sqrt(size) * signs
    return R, R @ np.append(u, np.zeros(size - len(u)))


def _ranges(bound, block, y):
    """The end of every coordinate's range."""
    ends = [bound * end for end in tetra_iterated(len(y), block)]
    peaks = [max(abs(y[i // block * block : i // block * block + block])) for i in range(len(y))]
    return np.array([next((end for end in ends if peak <= end), ends[-1]) for peak in peaks])


def parts_of_the_norm(levels, u, scale, key):
    """QSGD: the norm, but for 1e-12 of it, rounded up to a float32, and CUQ on its multiples l / s, zero among them."""
    norm = max(*abs(u), math.hypot(*u) * (1 - 1e-12), 0) / scale
    sent = np.float32(norm)
    if float(sent) < norm:
        sent = np.nextafter(sent, np.float32(np.inf))
    return randomly_rounded(max(float(sent) * scale, 1e-300), 2 * levels + 1, u, key) if sent else np.zeros(len(u))


def rounded_up(value):
    """The least float32 that is at least `value`."""
    sent = np.float32(value)
    return sent if float(sent) >= value else np.nextafter(sent, np.float32(np.inf))


def ternary_gradient(sizes, order, clip, u, scale, key):
    """TernGrad, tensor by tensor: a fair draw of 2**30 a coordinate, each draw used once."""
    q, start = np.zeros(len(u)), 0
    for t, size in enumerate(int(n) for n in sizes):
        v = u[start : start + size]
        limit = clip * (math.hypot(*v) / math.sqrt(size)) if clip < math.inf else math.inf
        clipped = np.minimum(abs(v), limit)
        norm = clipped.max() if order == math.inf else max(math.hypot(*clipped) * (1 - 1e-12), clipped.max())
        s = float(rounded_up(norm / scale)) * scale
        for i in range(size if s else 0):
            draw = int(half_draw(key, 2 * ((start + 1) // 2 + t) + i) * 2**32) ^ 1 << 31
            kept = draw % 2**30 < math.floor(min(clipped[i] if order == 2 else abs(v[i]), s) / s * 2**30 + 0.5)
            q[start + i] = np.sign(v[i]) * s * kept
        start += size
    return q


def best_threshold(v):
    """(s, largest magnitude left out, k) by trying every magnitude, and 0, for a threshold, in exact arithmetic."""
    magnitudes = sorted((Fraction(float(abs(x))) for x in v), reverse=True)
    best, found, total = Fraction(0), (0.0, 0.0, 0), Fraction(0)
    for k, magnitude in enumerate(magnitudes, start=1):
        total, below = total + magnitude, magnitudes[k] if k < len(magnitudes) else Fraction(-1)
        if below < magnitude and total * total > best * k:
            best, found = total * total / k, (float(total / k), float(max(below, 0)), k)
    return found


def above_a_threshold(sizes, rule, u, scale):
    """Threshold quantization, tensor by tensor."""
    q, start = np.zeros(len(u)), 0
    for size in sizes:
        v = u[start : start + size]
        threshold = best_threshold(v)[1] if rule == "exact" else 0.75 * np.mean(abs(v))
        kept = abs(v) > threshold
        if kept.any():
            q[start : start + size] = kept * np.sign(v) * float(np.float32(abs(v)[kept].mean() / scale)) * scale
        start += size
    return q


def split_and_rounded(cuq, ratq, u, rng):
    """CUQ (bound, k) of the coordinates up to its bound, and RATQ (bound, k, s, most entries) of the others, zeros behind."""
    (c, levels), (bound, k, block, entries) = cuq, ratq
    first, large = int(key(rng)), np.abs(u) > c
    q = randomly_rounded(c, levels, np.where(large, 0.0, u), first)
    if entries:
        kept = np.append(u[large], np.zeros(entries - large.sum()))
        q[large] = rotated_and_rounded(bound, k, block, kept, int(key(rng)), shared=0)[: large.sum()]
    return q


def tetra_iterated(size, block):
    """All M_j <= B = 1 of RATQ: sqrt((3 e*j + 2 ln s) / N), and 1 at the end."""
    tower, ends = 1.0, []
    while (3 * tower + 2 * math.log(block)) / size < 1:
        ends.append(math.sqrt((3 * tower + 2 * math.log(block)) / size))
        tower = math.exp(min(tower, 700.0))
    return [*ends, 1.0]


def half_draw(key, index):
    """Half a draw of 64 bits as a fraction: the low one for an even index, the high one for an odd one, each with its top bit flipped."""
    half = splitmix(key, index // 2) >> (32 * (index % 2)) & 0xFFFFFFFF
    return (half ^ 1 << 31) / 2**32


def corner(bound, u, key):
    """SimQ by one draw from the list of its outputs and their probabilities."""
    return _draw(bound, u, splitmix_uniform(key, 0))


def sketched_corner(bound, u, bits, key, shared=0):
    """SimQ's corner in one of a few groups, which the decoder fills with signs that both ends know."""
    groups, drawn = min(2 ** (bits - 1), len(u)), _draw(bound, u, splitmix_uniform(key, 0))
    signs = np.array([-1.0 if splitmix_uniform(shared, i) < 0.5 else 1.0 for i in range(len(u))])
    if drawn.any():
        i = int(np.flatnonzero(drawn)[0])
        group, sign = i % groups, signs[i] * np.sign(drawn[i])
    else:
        letter = int(splitmix_uniform(key, 1) * 2 * groups)
        group, sign = letter // 2, 1.0 - 2.0 * (letter % 2)
    return np.where(np.arange(len(u)) % groups == group, bound * sign * signs, 0.0)


def mean_of_corners(bound, u, repeats, key):
    """SimQ+ as the mean of k SimQ, whose uniforms are the arrival times of a Poisson process, as parts of the last one."""
    gaps = [-math.log(1 - splitmix_uniform(key, j)) for j in range(repeats + 1)]
    return sum(_draw(bound, u, sum(gaps[: j + 1]) / sum(gaps)) for j in range(repeats)) / repeats


def _draw(bound, u, uniform):
    """The corner at which the probabilities |u_i| / B, added up exactly, pass a uniform number; else 0."""
    passed = Fraction(0)
    for i, value in enumerate(u):
        passed += abs(Fraction(float(value))) / Fraction(bound)
        if Fraction(uniform) < passed:
            return bound * math.copysign(1.0, value) * np.eye(len(u))[i]
    return np.zeros(len(u))


def delannoy(dim, radius):
    """D(d, k) by its recurrence."""
    if dim == 0 or radius == 0:
        return 1
    return delannoy(dim - 1, radius) + delannoy(dim, radius - 1) + delannoy(dim - 1, radius - 1)


def pyramid_in_rank_order(dim, radius):
    """All z of Z^d with |z|_1 <= k, in the order 0, +1, -1, +2, -2, ... of the first coordinate, then the next one."""
    points = itertools.product(range(-radius, radius + 1), repeat=dim)
    inside = [z for z in points if sum(map(abs, z)) <= radius]
    return sorted(inside, key=lambda z: [2 * abs(v) - (v > 0) for v in z])


def types_in_rank_order(dim, total):
    """All (n_1, ..., n_d) with sum <= k, by the rank sum_i binomial(b_i, i), b_i = n_0 + ... + n_{i-1} + i - 1."""
    types = [c for c in itertools.product(range(total + 1), repeat=dim) if sum(c) <= total]

    def rank(counts):
        n = [total - sum(counts), *counts]
        return sum(math.comb(sum(n[:i]) + i - 1, i) for i in range(1, dim + 1))

    return sorted(types, key=rank)


def gradient_descent(gradient, x0, stepsizes):
    """Equation (8): all iterates."""
    path = [np.array(x0)]
    for eta in stepsizes:
        path.append(path[-1] - eta * gradient(path[-1]))
    return np.array(path)


def dq_gradient_descent(gradient, quantize, x0, stepsizes, ranges):
    """DQ-GD from its principle: run unquantized GD beside it, and send what brings the server to the next point of it."""
    unquantized, x, path = np.array(x0), np.array(x0), [np.array(x0)]
    for eta, r in zip(stepsizes, ranges, strict=True):
        unquantized = unquantized - eta * gradient(unquantized)
        u = (x - unquantized) / eta
        x = x - eta * quantize(u, r)
        path.append(x)
    return np.array(path)


def momentum_method(gradient, x0, stepsize, momentum, look, steps):
    """The points xi_{t+1} = xi_t + momentum (xi_t - xi_{t-1}) - stepsize * (gradient at xi_t + look (xi_t - xi_{t-1})).

    Every method with constant momentum is one of these: heavy ball looks 0 ahead, accelerated gradient descent looks
    `momentum` ahead, and its xi are the y of (10).
    """
    path = [np.array(x0)] * 2  # xi_{-1} = xi_0
    for _ in range(steps):
        step = path[-1] - path[-2]
        path.append(path[-1] + momentum * step - stepsize * gradient(path[-1] + look * step))
    return np.array(path[1:])


def dq_momentum_method(gradient, quantize, x0, stepsize, ranges, momentum, look):
    """DQ on `momentum_method` from its principle: run it unquantized beside, and send what brings the server to its next point."""
    unquantized = momentum_method(gradient, x0, stepsize, momentum, look, len(ranges))
    path = [np.array(x0)] * 2
    for target, r in zip(unquantized[1:], ranges, strict=True):
        coasting = path[-1] + momentum * (path[-1] - path[-2])  # where the server goes by itself
        path.append(coasting - stepsize * quantize((coasting - target) / stepsize, r))
    return np.array(path[1:])


def looking(path, look):
    """xi_t + look (xi_t - xi_{t-1}) at every t."""
    return path + look * np.diff(path, axis=0, prepend=path[:1])


def nq_gradient_descent(gradient, quantize, x0, stepsizes, ranges):
    """NQ-GD, equation (27): all iterates."""
    path = [np.array(x0)]
    for eta, r in zip(stepsizes, ranges, strict=True):
        path.append(path[-1] - eta * quantize(gradient(path[-1]), r))
    return np.array(path)


def ef_gradient_descent(gradient, quantize, x0, stepsizes, ranges):
    """Error feedback, equation (30), with the whole history of errors written out."""
    path, errors = [np.array(x0)], [np.zeros_like(np.array(x0))]
    for eta, r in zip(stepsizes, ranges, strict=True):
        u = gradient(path[-1]) - errors[-1]
        q = quantize(u, r)
        errors.append(q - u)
        path.append(path[-1] - eta * q)
    return np.array(path)


def numeric_gradient(value, x, step=1e-6):
    """Central differences."""
    basis = np.eye(x.size)
    return np.array([(value(x + step * b) - value(x - step * b)) / (2 * step) for b in basis])


def entropy_bits(size, alphabet):
    """n log2 K."""
    return size * math.log2(alphabet)


def splitmix_uniform(key, index):
    """The first 53 bits of draw number `index` of a key, as a fraction."""
    return (splitmix(key, index) >> 11) / 2**53


def splitmix(key, index):
    """Draw number `index` of a key: splitmix64 in whole numbers."""
    return _mixed((int(key) + (index + 1) * 0x9E3779B97F4A7C15) % 2**64)


def _mixed(z):
    """The finaliser of splitmix64."""
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 % 2**64
    z = (z ^ z >> 27) * 0x94D049BB133111EB % 2**64
    return z ^ z >> 31


def nq_workers_gradient_descent(gradients, quantize, x0, eta, ranges):
    """Algorithm 4: all iterates; `gradients` has one a worker, `quantize` takes (k, u, r), `ranges` is (T, K)."""
    path = [np.array(x0)]
    for row in ranges:
        x = path[-1]
        path.append(x - eta * np.mean([quantize(k, g(x), row[k]) for k, g in enumerate(gradients)], axis=0))
    return np.array(path)


def difference_workers_gradient_descent(gradients, quantize, x0, eta, ranges):
    """Gradient differences with every message kept: what the server believes of worker k is the sum of all that it sent."""
    path, sent = [np.array(x0)], [[] for _ in gradients]
    for row in ranges:
        x = path[-1]
        for k, g in enumerate(gradients):
            sent[k].append(quantize(k, g(x) - sum(sent[k], np.zeros_like(x)), row[k]))
        path.append(x - eta * np.mean([sum(messages) for messages in sent], axis=0))
    return np.array(path)


def averaged_steps(query, quantize, step, x0, steps):
    """x_0, ..., x_T and the averages of the first t of them, for x_{t+1} = step(x_t, quantize(query(x_t), t))."""
    iterates = [np.array(x0, float)]
    for t in range(steps):
        iterates.append(step(iterates[-1], quantize(query(iterates[-1]), t)))
    iterates = np.array(iterates)
    averages = np.array([iterates[: max(t, 1)].mean(axis=0) for t in range(steps + 1)])
    return iterates, averages


def nearest_in_mirror(theta, a, order, radius):
    """The x with |x|_order <= radius and the least |x|_a**2 / 2 - <theta, x>, by a solver for any problem."""
    from scipy.optimize import minimize

    def norm(x, s):
        largest = np.abs(x).max()
        return largest if s == np.inf or largest == 0 else largest * ((np.abs(x) / largest) ** s).sum() ** (1 / s)

    d = theta.size
    # x = v - w with v, w >= 0 has no kinks, and for order inf the ball is a box
    limits = [(0, radius)] * (2 * d)
    rule = [] if order == np.inf else [{"type": "ineq", "fun": lambda z: radius - norm(z[:d] + z[d:], order)}]
    start = np.full(2 * d, 0.1 * radius / d)
    found = minimize(
        lambda z: 0.5 * norm(z[:d] + z[d:], a) ** 2 - theta @ (z[:d] - z[d:]), start, bounds=limits, constraints=rule,
        method="SLSQP", options={"ftol": 1e-15, "maxiter": 1000},
    )  # fmt: skip
    return found.x[:d] - found.x[d:]


def network_loss(x, layers, inputs, label):
    """Cross entropy of a network of sigmoid units at one sample, unit by unit: every layer's weights by inputs, then its biases."""
    values, rest = list(inputs), list(x)
    for k in range(1, len(layers)):
        weights, biases, rest = (
            rest[: len(values) * layers[k]],
            rest[len(values) * layers[k] :],
            rest[(len(values) + 1) * layers[k] :],
        )
        sums = [biases[u] + sum(v * weights[i * layers[k] + u] for i, v in enumerate(values)) for u in range(layers[k])]
        values = [1 / (1 + math.exp(-s)) for s in sums]
    return math.log(sum(math.exp(s) for s in sums)) - sums[label]


def squared_weights(x, layers):
    """Sum of the squares of a network's weights, without its biases."""
    total, rest = 0.0, list(x)
    for p, q in itertools.pairwise(layers):
        total += sum(w * w for w in rest[: p * q])
        rest = rest[(p + 1) * q :]
    return total


def nodes_with_a_deadline(W, gradients, quantize, X0, alpha, epsilon, steps):
    """Algorithm 1 of Reisizadeh et al., node by node: all X_t. `gradients` and `quantize` take (t, X) and give a row a node."""
    path = [np.array(X0)]
    for t in range(steps):
        X, nodes = path[-1], range(len(W))
        inbox, g = quantize(t, X), gradients(t, X)
        new = []
        for i in nodes:
            x = (1 - epsilon + epsilon * W[i, i]) * X[i] - alpha * epsilon * g[i]
            for j in nodes:
                if j != i and W[i, j] > 0:
                    x = x + epsilon * W[i, j] * inbox[j]
            new.append(x)
        path.append(np.array(new))
    return np.array(path)


def nodes_in_step(W, gradients, X0, alpha, steps):
    """Decentralised SGD: W X - alpha G."""
    path = [np.array(X0)]
    for t in range(steps):
        path.append(W @ path[-1] - alpha * gradients(t, path[-1]))
    return np.array(path)


def nodes_with_memory(W, gradients, quantize, X0, alpha, gamma, steps):
    """CHOCO-SGD as its authors tell it: node i has a copy of hat x_j of every neighbour j and of itself, all updated by messages."""
    nodes = range(len(W))
    copies = [{j: np.zeros(X0.shape[1]) for j in nodes if W[i, j] > 0 or i == j} for i in nodes]
    path = [np.array(X0)]
    for t in range(steps):
        half = path[-1] - alpha * gradients(t, path[-1])
        messages = quantize(t, np.array([half[i] - copies[i][i] for i in nodes]))
        for i in nodes:
            for j in copies[i]:
                copies[i][j] = copies[i][j] + messages[j]
        pulls = [sum(W[i, j] * (copies[i][j] - copies[i][i]) for j in copies[i]) for i in nodes]
        path.append(half + gamma * np.array(pulls))
    return np.array(path)


def nodes_on_their_own_clocks(W, gradient, cycles, X0, alpha, events):
    """Asynchronous DSGD with a heap of (time, node): all X_t, the times and the nodes. `cycles` has the seconds between events."""
    X, path, order = np.array(X0), [np.array(X0)], []
    clock = [(cycles[0, i], i) for i in range(len(W))]
    heapq.heapify(clock)
    done = [0] * len(W)
    for _ in range(events):
        now, j = heapq.heappop(clock)
        X[j] = sum(W[j, i] * X[i] for i in range(len(W))) - alpha * gradient(j, X[j])
        path.append(X.copy())
        order.append((now, j))
        done[j] += 1
        heapq.heappush(clock, (now + cycles[done[j], j], j))
    times, who = zip(*order)
    return np.array(path), np.array(times), np.array(who)


def drawn(key, size, samples):
    """Which of a node's samples a batch takes, with replacement."""
    return [int(splitmix_uniform(key, k) * samples) for k in range(size)]


def sample_losses(problem):
    """loss(i, j, x) and slope(i, j, x) of sample j of node i, from the definitions."""
    if hasattr(problem, "centres"):
        A, c = problem.curvatures, problem.centres
        return lambda i, j, x: sum(
            a * (u - v) ** 2 / 2 for a, u, v in zip(A[i], x, c[i, j], strict=True)
        ), lambda i, j, x: A[i] * (x - c[i, j])
    rows = np.asarray(problem.rows.A if hasattr(problem.rows, "A") else problem.rows.matrix().toarray())

    def row(i, j):
        r = i * problem.samples + j
        return rows[r], problem.y[r]

    def loss(i, j, x):
        a, y = row(i, j)
        return np.logaddexp(0.0, -y * (a @ x)) + problem.strength * (x @ x) / 2

    def slope(i, j, x):
        a, y = row(i, j)
        return -y * a / (1 + np.exp(y * (a @ x))) + problem.strength * x

    return loss, slope


def soft_threshold(v, tau):
    """sign(v) [|v| - tau]_+."""
    return np.sign(v) * np.maximum(np.abs(v) - tau, 0.0)


def mirror_update(x, qs, t, eta, lam, delta, centre):
    """(16) of Xu et al.; delta = None stands for H_t = I."""
    H = np.ones_like(x) if delta is None else delta + np.linalg.norm(qs, axis=0)
    return soft_threshold(x - eta * qs[-1] / H, lam * eta / H)


def dual_update(x, qs, t, eta, lam, delta, centre):
    """(17) of Xu et al., around a centre."""
    H, mean = delta + np.linalg.norm(qs, axis=0), np.mean(qs, axis=0)
    return soft_threshold(centre - t * eta * mean / H, t * eta * lam / H)


def workers_and_server(update, gradients, up, down, x1, steps, *, eta, lam, delta, select, feedback, centre, keep):
    """Algorithm 1 of Xu et al., line by line: all x_t, q_t, SynQ_t and masks.

    `gradients` takes (t, x) and gives a row a worker; `up` and `down` take (u, mask) and give what the receiver decodes. With
    feedback, `keep` says whether a worker keeps what it did not select.
    """
    d, first = x1.size, gradients(0, x1)
    M = len(first)
    path, qs, syns, masks = [np.array(x1)], [], [], []
    own, owed, owed_down = [[] for _ in range(M)], np.zeros((M, d)), np.zeros(d)
    for t in range(1, steps + 1):
        x, F = path[-1], first if t == 1 else gradients(t - 1, path[-1])
        decoded, I = [], []
        for m in range(M):
            u = F[m] + owed[m]
            own[m].append(F[m])
            history = np.array(own[m]) if select == "local" and update is dual_update else np.array([*qs, u])
            ahead = update(x, history, t, eta, lam, delta, centre)
            I.append(np.ones(d, bool) if select is None else (x != 0) | (ahead != 0))
            decoded.append(up(u, I[m]))
            if feedback:
                owed[m] = np.where(I[m] | keep, u - decoded[m], 0.0)
        syn, union = sum(decoded) / M, np.any(I, axis=0)
        qs.append(down(syn + owed_down, union))
        if feedback:
            owed_down = syn + owed_down - qs[-1]
        syns.append(syn)
        masks.append(I)
        path.append(update(x, np.array(qs), t, eta, lam, delta, centre))
    return np.array(path), np.array(qs), np.array(syns), np.array(masks)
