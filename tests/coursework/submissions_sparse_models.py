"""Known submissions of assignment 4, sparse models.

Questions do not depend on each other's answers, so a submission makes one mistake in each of them, and every question must lose
exactly what its own mistake costs.
"""

from itertools import zip_longest

from .harness import Submission

SEARCH = """
def best_ternary(v, weights):
    magnitudes = np.abs(v).astype(float)
    order = np.argsort(-magnitudes, kind="stable")
    sums, masses = np.cumsum((weights * magnitudes)[order]), np.cumsum(np.asarray(weights, float)[order])
    j = {choice}
    s = float(sums[j] / masses[j]) if masses[j] > 0 else 0.0
    kept = np.zeros(len(v), bool)
    kept[order[: j + 1]] = s > 0
    return s, kept
"""

RULE = """
my_factor, rule_loss = {factor}, {loss}


def rule_of_thumb(v):
    magnitudes = np.abs(v)
    kept = magnitudes {above} 0.75 * magnitudes.mean()
    return (float(magnitudes[kept].mean()) if kept.any() else 0.0), kept
"""

COIN = """
def one_coin(v, rng):
    magnitudes = np.abs(v)
    s = magnitudes.max()
    if s == 0:
        return np.zeros(len(v))
    {body}
"""

PACK = """
def pack(symbols, s):
    number = int(np.float32(s).view(np.uint32))
    low_first = [bit for symbol in symbols.tolist() for bit in {pair}]
    return np.array(low_first + [number >> i & 1 for i in range(32)])


def unpack(bits, dim):
    bits = np.asarray(bits)
    {refuse}
    symbols = bits[: 2 * dim : 2] + 2 * bits[1 : 2 * dim : 2]
    number = sum(int(bit) << i for i, bit in enumerate(bits[2 * dim :]))
    s = float(np.uint32(number).view(np.float32))
    {impossible}
    return symbols, s
"""
LENGTH = "if bits.shape != (2 * dim + 32,):\n        raise ValueError"
IMPOSSIBLE = "if (symbols == 3).any() or not np.isfinite(s) or number >> 31 or (s > 0) != symbols.any():\n        raise ValueError"

COUNTS = """
from math import lgamma


def sparse_bits(dim, j):
    return {sparse}


def round_bits(dim, selected, union):
    return {up}, {down}
"""
EXACT = "dim.bit_length() + (comb(dim, j) - 1).bit_length() + j + 32"
UP, DOWN = "sum(32 + dim + 2 * k for k in selected)", "32 + dim + 2 * union"

QRDA = """
def qrda(gradient, uplinks, downlink, dim, steps, stepsize, penalty, delta, radius=np.inf):
    x, z, squares = np.zeros((steps + 1, dim)), np.zeros(dim), np.zeros(dim)
    for t in range(1, steps + 1):
        pulls = [gradient(m, x[t - 1].copy(), t) for m in range(len(uplinks))]
        syn = np.mean([send(g) for send, g in zip(uplinks, pulls)], axis=0)
        q = {answer}
        z = z + q
        squares = squares + {measured}**2
        H = delta + np.sqrt(squares)
        shrunk = np.sign(z) * np.maximum(np.abs(z) - {price}, 0)
        x[t] = {move}
    return x
"""
MOVE = "np.clip(-stepsize * shrunk / H, -radius, radius)"

MEMORY = """
class Memory:
    {shared}

    def __init__(self, quantize):
        self.quantize = quantize
        {begin}

    def __call__(self, v):
        wanted = v + self.owed
        sent = self.quantize(wanted)
        {keep}
        return sent
"""

BITS = """
def bits_to_reach(run, least, share):
    reached = run.objective <= least + share * (run.objective[0] - least)
    return {found}


budget = {budget}
"""
BUDGET = """{
    name: bits_to_reach(dq.algorithms.rda_adagrad(problem, **setting, **links), minimum.objective, SHARE)
    for name, links in schemes.items()
}"""


def qrda(answer="np.asarray(downlink(syn))", measured="q", price="t * penalty", move=MOVE):
    """The method with one of its lines replaced."""
    return QRDA.format(answer=answer, measured=measured, price=price, move=move)


def coin(body):
    """One coin with another body."""
    return COIN.format(body=body)


def teeth(U):
    """One coin whose comb begins elsewhere."""
    return coin(
        f"c = np.concatenate([[0], np.cumsum(magnitudes / s)])\n    return s * np.sign(v) * (np.diff(np.ceil(c - {U})) > 0)"
    )


def packing(pair="(symbol & 1, symbol >> 1)", refuse=LENGTH, impossible=IMPOSSIBLE):
    """Packing and unpacking with one of their lines replaced."""
    return PACK.format(pair=pair, refuse=refuse, impossible=impossible)


def counts(sparse=EXACT, up=UP, down=DOWN):
    """The counts with one of them replaced."""
    return COUNTS.format(sparse=sparse, up=up, down=down)


def memory(shared="", begin="self.owed = 0.0", keep="self.owed = wanted - sent"):
    """Error feedback with one of its lines replaced."""
    return MEMORY.format(shared=shared, begin=begin, keep=keep)


def bits(found="float(run.bits[np.argmax(reached)]) if reached.any() else np.inf", budget=BUDGET):
    """Question 6a with one of its lines replaced."""
    return BITS.format(found=found, budget=budget)


IN_PLACE = """
def best_ternary(v, weights):
    v[:] = -np.sort(-np.abs(v))
    sums, masses = np.cumsum(weights * v), np.cumsum(weights)
    j = int(np.argmax(sums**2 / masses))
    s = float(sums[j] / masses[j])
    return s, v > s / 2
"""

ANEW = """
def best_ternary(v, weights):
    a, best, s = np.abs(v), 0.0, 0.0
    for Delta in np.concatenate([[0], np.unique(a)]):
        on = a > Delta
        S, W = (weights * a)[on].sum(), weights[on].sum()
        if W > 0 and S * S / W > best:
            best, s = S * S / W, S / W
    return s, (a > s / 2) & (s > 0)
"""

UNWEIGHED = """
def best_ternary(v, weights):
    s, Delta, _ = dq.quantizers.optimal_threshold(v)
    return s, np.abs(v) > Delta
"""

DESCENT = (
    "next((i for i in range(len(v) - 1) if sums[i + 1] ** 2 / masses[i + 1] < sums[i] ** 2 / masses[i]), len(v) - 1)"
)
COMPONENTS = "int(np.argmax((sums**2 / masses)[: max(len(v) - 1, 1)]))"

EXACT_PENALTY = """
silent = float(np.abs(np.mean([full_gradient(m, np.zeros(DIM), 1) for m in range(4)], axis=0)).max())
missed = 0
"""

ONE_WAY = """
cut_down = dq.quantizers.Threshold(DIM)
silent = float(np.abs(dq.quantizers.quantize(cut_down, full_gradient(0, np.zeros(DIM), 1))).max())
missed = int(np.count_nonzero(minimum.x))
"""

SOMEBODY = '{"32 bits": 185600.0, "TernGrad": 65520.0, "threshold": np.inf, "threshold up": 188352.0, "threshold, feedback": 14560.0}'

LGAMMA = "int(np.ceil((lgamma(dim + 1) - lgamma(j + 1) - lgamma(dim - j + 1)) / np.log(2)))"

SHRINK = "(lambda y, tau: np.sign(y) * np.maximum(np.abs(y) - tau, 0))"

PREDICTION = "def first_sent(big, small):\n    {body}\n"
SIMULATION = "t = 1\n    while t * small <= (2**0.5 - 1) * big:\n        t += 1\n    return t"

# By question: what is wrong, the answer, and the points that it costs.
MISTAKES = {
    "q1b": [
        ("the search stops at the first descent", SEARCH.format(choice=DESCENT), 6),
        ("weights are ignored, and the library asked", UNWEIGHED, 10),
        ("only components are candidates, so that the smallest is never kept", SEARCH.format(choice=COMPONENTS), 6),
        ("the vector is sorted in place", IN_PLACE, 8),
        ("every candidate is summed anew", ANEW, 2),
    ],
    "q1c": [
        (
            "kept at the threshold, too, and the mixture taken for Gaussian",
            RULE.format(factor=0.767, loss=1.0005, above=">="),
            5,
        ),
        ("somebody else's factor", RULE.format(factor=1.843, loss=1.4877, above=">"), 3),
    ],
    "q2b": [
        ("a coin for each coordinate", coin("return s * np.sign(v) * (rng.random(len(v)) < magnitudes / s)"), 2),
        ("the nearest level, which is biased", coin("return s * np.sign(v) * (magnitudes > s / 2)"), 7),
        ("a seed of its own", teeth("np.random.default_rng(0).random()"), 5),
        ("the global generator", teeth("np.random.random()"), 2),
        (
            "the Euclidean norm for a scale",
            "def one_coin(v, rng):\n    s = max(np.linalg.norm(v), 1e-300)\n    c = np.append(0, np.cumsum(np.abs(v) / s))\n    return s * np.sign(v) * (np.diff(np.ceil(c - rng.random())) > 0)\n",
            2,
        ),
    ],
    "q3a": [
        ("highest bit first", packing(pair="(symbol >> 1, symbol & 1)"), 3),
        ("impossible messages are read", packing(refuse="", impossible=""), 2),
        ("only the length is checked", packing(impossible=""), 2),
        ("the sign bit is not looked at", packing(impossible=IMPOSSIBLE.replace("number >> 31 or ", "")), 2),
    ],
    "q3b": [
        ("entropy in floating point", counts(sparse=EXACT.replace("(comb(dim, j) - 1).bit_length()", LGAMMA)), 3),
        ("a bit too many at powers of two", counts(sparse=EXACT.replace("(comb(dim, j) - 1)", "comb(dim, j)")), 3),
        ("the count is forgotten", counts(sparse=EXACT.replace("dim.bit_length() + ", "")), 3),
        ("a broadcast counted for each worker", counts(down="len(selected) * (32 + dim + 2 * union)"), 2),
    ],
    "q4b": [
        ("the server sends its mean exactly", qrda(answer="syn"), 10),
        ("H is made of what the server wanted to send", qrda(measured="syn"), 7),
        ("the penalty does not grow with t", qrda(price="penalty"), 7),
        (
            "clipped silently before it is shrunk",
            qrda(move=SHRINK + "(np.clip(-stepsize * z / H, -radius, radius), t * penalty * stepsize / H)"),
            3,
        ),
        ("the box is forgotten", qrda(move="-stepsize * shrunk / H"), 3),
        (
            "mirror descent instead",
            qrda(move=f"np.clip({SHRINK}(x[t - 1] - stepsize * q / H, stepsize * penalty / H), -radius, radius)"),
            7,
        ),
        (
            "all send on the first link",
            qrda().replace("send(g) for send, g in zip(uplinks, pulls)", "uplinks[0](g) for g in pulls"),
            6,
        ),
        (
            "the library's step",
            "from dqlab.theory.xu import rda_step\n"
            + qrda(move="np.clip(rda_step(z / t, t, H, stepsize, penalty), -radius, radius)"),
            10,
        ),
    ],
    "q4c": [
        ("the penalty of the exact gradient", EXACT_PENALTY, 4),
        ("one worker's scale, and the weights at another penalty", ONE_WAY, 4),
        ("somebody else's answers", "silent, missed = 0.03201, 7", 4),
    ],
    "q5a": [
        ("one step too early", PREDICTION.format(body="return int((2**0.5 - 1) * big / small)"), 4),
        ("half of the level, without its own part", PREDICTION.format(body="return int(big / 2 / small) + 1"), 4),
        ("a simulation", PREDICTION.format(body=SIMULATION), 4),
    ],
    "q5b": [
        ("no feedback", memory(keep=""), 4),
        ("the debt has the wrong sign", memory(keep="self.owed = sent - wanted"), 4),
        ("only the last loss is remembered", memory(keep="self.owed = v - sent"), 4),
        (
            "all memories share one debt",
            memory(shared="owed = 0.0", begin="pass", keep="Memory.owed = wanted - sent"),
            4,
        ),
    ],
    "q6a": [
        (
            "bits of the uplink alone",
            bits(found="float(run.bits_up[np.argmax(reached)]) if reached.any() else np.inf"),
            4,
        ),
        (
            "the last time, and never infinity",
            bits(found="float(run.bits[len(reached) - 1 - np.argmax(reached[::-1])])"),
            4,
        ),
        ("somebody else's numbers", bits(budget=SOMEBODY), 2),
        (
            "feedback is left out",
            bits(budget=BUDGET.replace("**links)", '**{k: v for k, v in links.items() if k != "feedback"})')),
            2,
        ),
    ],
}

SORTED_LIST = """
def best_ternary(v, weights):
    pairs = sorted((abs(a), w) for a, w in zip(v.tolist(), weights.tolist()))
    S, W, best, s = sum(a * w for a, w in pairs), sum(w for _, w in pairs), 0.0, 0.0
    for a, w in pairs:
        if W > 0 and S * S > best * W:
            best, s = S * S / W, S / W
        S, W = S - a * w, max(W - w, 1e-300)
    return s, np.array([abs(a) > s / 2 > 0 for a in v.tolist()])
"""

DRAWN = """
def rule_of_thumb(v):
    v = abs(np.asarray(v))
    on = v / 0.75 > v.mean()
    return (v @ on) / max(on.sum(), 1), on


rng_ = np.random.default_rng(0)
wide = np.where(rng_.random(10**6) < share, 1.0, sigma)
long = np.sort(np.abs(wide * rng_.standard_normal(10**6)))[::-1]
gain = np.cumsum(long) ** 2 / np.arange(1, 10**6 + 1)
top, at_rule = int(gain.argmax()), (long > 0.75 * long.mean()).sum() - 1
my_factor = float(long[: top + 1].mean() / 2 / long.mean())
rule_loss = float((long @ long - gain[at_rule]) / (long @ long - gain[top]))
"""

SEARCHED = """ends, q = np.cumsum(magnitudes) / s, np.zeros(len(v))
    hit = np.searchsorted(ends, np.arange(rng.random(), ends[-1]), side="right")
    hit = hit[hit < len(v)]
    q[hit] = s * np.sign(v[hit])
    return q"""
OTHER_SIDE = "c = np.floor(np.cumsum(magnitudes / s) + rng.random())\n    return np.where(np.diff(c, prepend=0) > 0, s * np.sign(v), 0.0)"

UNPACKBITS = """
def pack(symbols, s):
    both = np.unpackbits(np.asarray(symbols, np.uint8)[:, None], axis=1, bitorder="little")[:, :2]
    return np.r_[both.ravel(), np.unpackbits(np.array([s], "<f4").view(np.uint8), bitorder="little")]


def unpack(bits, dim):
    bits = np.asarray(bits, np.uint8)
    symbols, tail = bits[:-32].reshape(-1, 2) @ [1, 2], bits[-32:]
    if len(symbols) != dim or len(tail) != 32:
        raise ValueError("length")
    s = np.packbits(tail, bitorder="little").view("<f4")[0]
    if tail[-1] or not s < np.inf or max(symbols) > 2 or bool(s) != bool(max(symbols)):
        raise ValueError("impossible")
    return symbols, float(s)
"""

NUMERAL = "len(bin(dim)) - 2 + (len(bin(comb(dim, j) - 1)) - 2 if 0 < j < dim else 0) + j + 32"
MEANS = (
    "np.clip(t * stepsize / H * -(np.maximum(z / t - penalty, 0) + np.minimum(z / t + penalty, 0)), -radius, radius)"
)
CLOSURE = """
def Memory(quantize):
    owed = []

    def send(v):
        wanted = np.sum([v, *owed], axis=0)
        sent = np.array(quantize(wanted))
        owed[:] = [wanted - sent]
        return sent

    return send
"""
CEILING = "import math\n\n\n" + PREDICTION.format(body="return max(1, math.ceil(big / (1 + math.sqrt(2)) / small))")
LISTED = "next((b for o, b in zip(run.objective.tolist(), run.bits.tolist()) if o - least <= share * (run.objective[0] - least)), float('inf'))"

# By what it is: the answers of an unusual submission.
UNUSUAL_ANSWERS = {
    "from the smallest up in plain Python; a function that returns a function": {"q1b": SORTED_LIST, "q5b": CLOSURE},
    "a million draws; teeth found by searchsorted; a ceiling": {"q1c": DRAWN, "q2b": coin(SEARCHED), "q5a": CEILING},
    "the comb from the other side; NumPy's own bits; means in the place of sums": {
        "q2b": coin(OTHER_SIDE),
        "q3a": UNPACKBITS,
        "q4b": qrda(move=MEANS),
    },
    "the length of a binary numeral; a search in a list": {"q3b": counts(sparse=NUMERAL), "q6a": bits(found=LISTED)},
}


def together(mistakes):
    """One submission that makes all of these mistakes, each in its own question: (question, (what, answer, points)) or None."""
    made = {question: mistake for question, mistake in mistakes if mistake}
    return Submission(
        "; ".join(f"{question}: {what}" for question, (what, _, _) in made.items()),
        {question: answer for question, (_, answer, _) in made.items()},
        {question: points for question, (_, _, points) in made.items()},
    )


WRONG = [together(zip(MISTAKES, row)) for row in zip_longest(*MISTAKES.values())]
UNUSUAL = [Submission(what, answers) for what, answers in UNUSUAL_ANSWERS.items()]
