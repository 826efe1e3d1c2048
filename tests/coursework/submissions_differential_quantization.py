"""Known submissions of assignment 1, differential quantization: wrong ones with what they lose, and unusual right ones."""

from .harness import Submission

TRANSMIT = """
def transmit(quantizer, u, r, rng=None):
    scale = {scale}
    fits = dq.quantizers.inside(quantizer, u, scale)
    message = dq.quantizers.send(quantizer, u, scale, {rng}, outside="clip")
    return message, {q}, {fits}
"""


def transmit(scale="r / dq.quantizers.dynamic_range(quantizer)", rng="rng", q=None, fits="fits"):
    """The reference's `transmit`, with something else in one place."""
    q = "dq.quantizers.receive(quantizer, message, scale)" if q is None else q
    return TRANSMIT.format(scale=scale, rng=rng, q=q, fits=fits)


DESCEND = """
def descend(problem, quantizer, ranges, x0, memory=1.0, rng=None):
    stepsize = {stepsize}
    x = {start}
    e = np.zeros(len(x))
    iterates, errors, outside, nbits = [x], [], [], 0
    for r in ranges:
        z = x + stepsize * memory * {carried}
        u = dq.problems.gradient(problem, z) - memory * {owed}
        message, q, fits = transmit(quantizer, u, r, rng)
        e = {error}
        {move}
        iterates.append(x)
        errors.append(e)
        outside.append({outside})
        nbits += {bits}
    return Descent(np.array(iterates), np.array(errors), np.array(outside), nbits)
"""


def descend(**other):
    """The reference's `descend`, with something else in some places."""
    usual = {
        "stepsize": "2 / (problem.L + problem.mu)",
        "start": "np.array(x0, dtype=float)",
        "carried": "e",
        "owed": "e",
        "error": "q - u",
        "move": "x = x - stepsize * q",
        "outside": "not fits",
        "bits": "message.nbits",
    }
    return DESCEND.format(**(usual | other))


RANGES = """
def dynamic_ranges(L, mu, D, rho, steps, memory):
    stepsize, sigma = 2 / (L + mu), (L - mu) / (L + mu)
    ranges = []
    a, before = D, 0.0
    for t in range(steps):
        ranges.append({now})
        a = {path}
        before = ranges[-1]
    return np.array(ranges)
"""


def ranges(now="L * a + memory * rho * before", path="sigma * a + stepsize * (1 - memory) * rho * ranges[-1]"):
    """The reference's `dynamic_ranges`, with something else in one place."""
    return RANGES.format(now=now, path=path)


FACTOR = """
def leaky_factor(kappa, rho, memory):
    sigma, a = (kappa - 1) / (kappa + 1), 2 * kappa / (kappa + 1)
    return {factor}


def least_memory(kappa, rho):
    return {least}
"""
ROOT = "(lambda b: (b + np.sqrt(max(b * b - 4 * sigma * memory * rho, 0))) / 2)(sigma + memory * rho + a * (1 - memory) * rho)"
LEAST = "max(0.0, (kappa - 1 / rho) / (kappa - 1))"

REACH = """
def reach(L, mu, D, levels, dim):
    rho = np.sqrt(dim) / levels
    return np.inf if rho >= 1 else {reach}


least_D = np.abs(problem.minimiser).max() / reach(problem.L, problem.mu, 1.0, 16, n)
"""

HEAVY_BALL = """
def descend_hb(problem, quantizer, ranges, x0, rng=None):
    root_L, root_mu = np.sqrt(problem.L), np.sqrt(problem.mu)
    stepsize, momentum = {stepsize}, ((root_L - root_mu) / (root_L + root_mu)) ** 2
    x = before = np.array(x0, dtype=float)
    e = e_before = np.zeros(x.size)
    iterates, errors, outside, nbits = [x], [], [], 0
    for r in ranges:
        u = dq.problems.gradient(problem, x + stepsize * {carried}) - {owed}
        message, q, fits = transmit(quantizer, u, r, rng)
        e_before, e = e, q - u
        before, x = x, x - stepsize * q + momentum * (x - before)
        iterates.append(x)
        errors.append(e)
        outside.append(not fits)
        nbits += message.nbits
    return Descent(np.array(iterates), np.array(errors), np.array(outside), nbits)
"""


def heavy_ball(stepsize="(2 / (root_L + root_mu)) ** 2", carried="e", owed="(e + momentum * (e - e_before))"):
    """The reference's `descend_hb`, with something else in one place."""
    return HEAVY_BALL.format(stepsize=stepsize, carried=carried, owed=owed)


CHEAPEST = """
costs = {{}}
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    for K in {levels}:
        run = dq.algorithms.dq_gd(problem, dq.quantizers.UniformScalar(K, n), steps=1000)
        there = np.flatnonzero(run.distance <= {accuracy})
        if there.size:
            costs[K] = {bits}
cheapest = min(costs.items(), key=lambda item: item[1])
"""


def cheapest(levels="range(2, 65)", accuracy="1e-6 * D", bits="int(run.bits[there[0]])"):
    """The reference's answer to question 12, with something else in one place."""
    return CHEAPEST.format(levels=levels, accuracy=accuracy, bits=bits)


AGAIN = 'dq.quantizers.receive(quantizer, dq.quantizers.send(quantizer, u, scale, rng, outside="clip"), scale)'

LIBRARY = """
def descend(problem, quantizer, ranges, x0, memory=1.0, rng=None):
    method = dq.algorithms.dq_gd if memory == 1 else dq.algorithms.nq_gd
    run = method(problem, quantizer, ranges=ranges, x0=x0, steps=len(ranges), record="iterates")
    return Descent(run.iterates, np.zeros((len(ranges), len(x0))), run.outside, int(run.bits[-1]))
"""

EXCHANGED = """
from dqlab.coursework.unnamed import order

names = order(me)
diagnosis = dict(zip("ABCDE", [names[1], names[0], *names[2:]]))
"""

WRONG = [
    Submission("the quantizer's own range is forgotten", {"q1": transmit(scale="r")}, {"q1": 3}),
    Submission("clipped silently", {"q1": transmit(fits="True")}, {"q1": 2, "q2": 2, "q11a": 1}),
    Submission("another norm: in the ball or not", {"q1": transmit(fits="bool(np.linalg.norm(u) <= r)")}, {"q1": 2}),
    Submission(
        "quantized a second time for the server",
        {"q1": transmit(q=AGAIN)},
        {"q1": 4},
    ),
    Submission("a seed of its own", {"q1": transmit(rng="np.random.default_rng(0)")}, {"q1": 4}),
    Submission("no error feedback", {"q2": descend(owed="0 * e")}, {"q2": 7}),
    Submission("the usual error feedback: gradient at the server", {"q2": descend(carried="0 * e")}, {"q2": 7}),
    Submission("the leak in one of two places", {"q2": descend(carried="e / max(memory, 1e-300)")}, {"q2": 4}),
    Submission(
        "bits as real numbers",
        {"q2": descend(bits="len(x) * np.log2(getattr(quantizer, 'levels', 2))")},
        {"q2": 2},
    ),
    Submission("off by one message", {"q2": descend(bits="message.nbits * (len(iterates) <= len(ranges))")}, {"q2": 2}),
    Submission("the start is changed", {"q2": descend(start="x0", move="x -= stepsize * q")}, {"q2": 11}),
    Submission("the library's run", {"q2": LIBRARY}, {"q2": 9}),
    Submission(
        "the first error never reaches the ranges",
        {"q4": ranges(now="L * a + memory * rho * before if t != 1 else L * a")},
        {"q4": 6},
    ),
    Submission("ranges of DQ-GD at every memory", {"q4": ranges("L * a + rho * before", path="sigma * a")}, {"q4": 5}),
    Submission(
        "ranges by hard-coding",
        {"q4": "def dynamic_ranges(L, mu, D, rho, steps, memory):\n    return np.array([18.0, 23.4])[:steps]\n"},
        {"q4": 9},
    ),
    Submission(
        "the smaller root",
        {"q6": FACTOR.format(factor=ROOT.replace("b + np.sqrt", "b - np.sqrt"), least=LEAST)},
        {"q6": 5, "q7": 5},
    ),
    Submission(
        "a straight line between the sum and the maximum",
        {"q6": FACTOR.format(factor="memory * max(sigma, rho) + (1 - memory) * (sigma + a * rho)", least=LEAST)},
        {"q6": 3, "q7": 5},
    ),
    Submission(
        "a negative share of memory",
        {"q6": FACTOR.format(factor=ROOT, least="(kappa - 1 / rho) / (kappa - 1)")},
        {"q6": 3},
    ),
    Submission("the same prediction for all", {"q7": 'prediction = ["slower"] * 8\n'}, {"q7": 5}),
    Submission("two diagnoses exchanged", {"q9a": EXCHANGED}, {"q9a": 4}),
    Submission(
        "the last level is taken for the end of the cube",
        {"q10a": REACH.format(reach="2 / (L + mu) * L * D / ((1 - (L - mu) / (L + mu)) * (1 - rho))")},
        {"q10a": 5},
    ),
    Submission(
        "the minimiser's norm for its largest coordinate",
        {
            "q10a": REACH.format(reach="(1 - 1 / levels) * L / mu * D / (1 - rho)").replace(
                "np.abs(problem.minimiser).max()", "D"
            )
        },
        {"q10a": 2},
    ),
    Submission("heavy ball with DQ-GD's worker", {"q11a": heavy_ball(owed="e")}, {"q11a": 4}),
    Submission("a step more than needed", {"q12": cheapest(bits="int(run.bits[there[0] + 1])")}, {"q12": 4}),
    Submission("fractions of bits", {"q12": cheapest(bits="int(there[0] * n * np.log2(K))")}, {"q12": 4}),
]

UNUSUAL = [
    Submission(
        "codes packed one's own way, ranges by powers of a matrix",
        {
            "q1": """
from dqlab.quantizers import dynamic_range, encode, inside, pack, receive


def transmit(quantizer, u, r, rng=None):
    s = float(r) / dynamic_range(quantizer)
    letter = pack(quantizer, encode(quantizer, u, s, rng, outside="clip"))
    return letter, receive(quantizer, letter, s), int(inside(quantizer, u, s))
""",
            "q4": """
def dynamic_ranges(L, mu, D, rho, steps, memory):
    eta, b = 2 / (L + mu), 2 / (L + mu) * (1 - memory) * rho
    M = np.array([[1 - eta * mu + b * L, b * memory * rho], [L, memory * rho]])
    return np.array([(np.linalg.matrix_power(M, t + 1) @ [D, 0])[1] for t in range(steps)])
""",
        },
    ),
    Submission(
        "the unquantized path followed, the errors taken off at the end, the reach as a long sum",
        {
            "q2": """
def descend(problem, quantizer, ranges, x0, memory=1.0, rng=None):
    eta = 2 / (problem.L + problem.mu)
    z, owed = [float(number) for number in x0], np.zeros(len(x0))
    z = np.array(z)
    log = []
    for r in list(ranges):
        g = dq.problems.gradient(problem, z)
        letter, q, fits = transmit(quantizer, g - owed, float(r), rng)
        e = q + owed - g
        log.append((z - eta * owed, e, not fits, letter.nbits))
        z = z - eta * g - eta * (1 - memory) * e
        owed = memory * e
    iterates = [item[0] for item in log] + [z - eta * owed]
    return Descent(np.array(iterates), np.array([i[1] for i in log]), [i[2] for i in log], sum(i[3] for i in log))
""",
            "q10a": """
def reach(L, mu, D, levels, dim):
    rho = dim**0.5 / levels
    if rho >= 1:
        return float("inf")
    return 2 / (L + mu) * (1 - 1 / levels) * dynamic_ranges(L, mu, D, rho, 6000, 1.0).sum()


least_D = float(max(abs(problem.minimiser))) / reach(problem.L, problem.mu, 1.0, levels=16, dim=n)
""",
            "q11a": """
def descend_hb(problem, quantizer, ranges, x0, rng=None):
    a, b = problem.L**0.5, problem.mu**0.5
    eta, gamma = 4 / (a + b) ** 2, ((a - b) / (a + b)) ** 2
    path = np.asarray(x0, float)
    last, e, e1 = path, 0.0 * path, 0.0 * path
    iterates, errors, outside, nbits = [path.copy()], [], [], 0
    for r in ranges:
        g = dq.problems.gradient(problem, path)
        u = g - e - gamma * (e - e1)
        message, q, fits = transmit(quantizer, u, r, rng)
        path, last = path - eta * g + gamma * (path - last), path
        e1, e = e, q - u
        iterates.append(path - eta * e)
        errors.append(e)
        outside.append(not fits)
        nbits = nbits + message.nbits
    return Descent(np.array(iterates), np.array(errors), np.array(outside), nbits)
""",
        },
    ),
    Submission(
        "roots by numpy, the least memory by bisection, the cheapest by one's own runs",
        {
            "q6": """
def leaky_factor(kappa, rho, memory):
    sigma, a = (kappa - 1) / (kappa + 1), 2 * kappa / (kappa + 1)
    return float(np.roots([1, -sigma - memory * rho - a * (1 - memory) * rho, sigma * memory * rho]).real.max())


def least_memory(kappa, rho):
    low, high = 0.0, 1.0
    if leaky_factor(kappa, rho, 0.0) < 1:
        return 0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if leaky_factor(kappa, rho, middle) < 1 else (middle, high)
    return high
""",
            "q12": """
best = (0, 10**9)
for levels_tried in range(5, 20):
    rho = np.sqrt(n) / levels_tried
    run = descend(problem, dq.quantizers.UniformScalar(levels_tried, n), dynamic_ranges(problem.L, problem.mu, D, rho, 400, 1.0), x0)
    gone = np.linalg.norm(run.iterates - problem.minimiser, axis=1) <= 1e-6 * D
    total = int(gone.argmax()) * run.nbits // 400
    if gone.any() and total < best[1]:
        best = (levels_tried, total)
cheapest = list(best)
""",
        },
    ),
]
