"""Known submissions of assignment 4, sparse models: what every one of them is, and what it must lose."""

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
    return {"q4b": QRDA.format(answer=answer, measured=measured, price=price, move=move)}


def coin(body):
    """One coin with another body."""
    return {"q2b": COIN.format(body=body)}


def packing(pair="(symbol & 1, symbol >> 1)", refuse=LENGTH, impossible=IMPOSSIBLE):
    """Packing and unpacking with one of their lines replaced."""
    return {"q3a": PACK.format(pair=pair, refuse=refuse, impossible=impossible)}


def counts(sparse=EXACT, up=UP, down=DOWN):
    """The counts with one of them replaced."""
    return {"q3b": COUNTS.format(sparse=sparse, up=up, down=down)}


def memory(shared="", begin="self.owed = 0.0", keep="self.owed = wanted - sent"):
    """Error feedback with one of its lines replaced."""
    return {"q5b": MEMORY.format(shared=shared, begin=begin, keep=keep)}


def bits(found="float(run.bits[np.argmax(reached)]) if reached.any() else np.inf", budget=BUDGET):
    """Question 6a with one of its lines replaced."""
    return {"q6a": BITS.format(found=found, budget=budget)}


WRONG = [
    Submission(
        "the search stops at the first descent",
        {
            "q1b": SEARCH.format(
                choice="next((i for i in range(len(v) - 1) if sums[i + 1]**2 / masses[i + 1] < sums[i]**2 / masses[i]), len(v) - 1)"
            )
        },
        {"q1b": 6},
    ),
    Submission(
        "weights are ignored",
        {
            "q1b": "def best_ternary(v, weights):\n    s, Delta, _ = dq.quantizers.optimal_threshold(v)\n    return s, np.abs(v) > Delta\n"
        },
        {"q1b": 6},
    ),
    Submission(
        "only the components are candidates, so that the smallest is never kept",
        {"q1b": SEARCH.format(choice="max(int(np.argmax((sums**2 / masses)[: max(len(v) - 1, 1)])), 0)")},
        {"q1b": 6},
    ),
    Submission(
        "the vector is sorted in place",
        {
            "q1b": "def best_ternary(v, weights):\n    v[:] = -np.sort(-np.abs(v))\n    sums, masses = np.cumsum(weights * v), np.cumsum(weights)\n"
            "    j = int(np.argmax(sums**2 / masses))\n    s = float(sums[j] / masses[j])\n    return s, v > s / 2\n"
        },
        {"q1b": 8},
    ),
    Submission(
        "all candidates are summed anew",
        {
            "q1b": "def best_ternary(v, weights):\n    a, best, s = np.abs(v), 0.0, 0.0\n    for Delta in np.concatenate([[0], np.unique(a)]):\n        on = a > Delta\n"
            "        S, W = (weights * a)[on].sum(), weights[on].sum()\n        if W > 0 and S * S / W > best:\n            best, s = S * S / W, S / W\n    return s, (a > s / 2) & (s > 0)\n"
        },
        {"q1b": 2},
    ),
    Submission(
        "the rule keeps what is at its threshold, and the mixture is taken for Gaussian",
        {"q1c": RULE.format(factor=0.767, loss=1.0005, above=">=")},
        {"q1c": 5},
    ),
    Submission(
        "the answers of somebody else",
        {"q1c": RULE.format(factor=1.4176, loss=1.258, above=">"), "q4c": "silent, missed = 0.03201, 7"},
        {"q1c": 3, "q4c": 4},
    ),
    Submission(
        "a coin for each coordinate", coin("return s * np.sign(v) * (rng.random(len(v)) < magnitudes / s)"), {"q2b": 2}
    ),
    Submission("the nearest level, which is biased", coin("return s * np.sign(v) * (magnitudes > s / 2)"), {"q2b": 7}),
    Submission(
        "a seed of one's own",
        coin(
            "U = np.random.default_rng(0).random()\n    return s * np.sign(v) * (np.diff(np.ceil(np.r_[0, np.cumsum(magnitudes / s)] - U)) > 0)"
        ),
        {"q2b": 5},
    ),
    Submission(
        "the global generator",
        coin(
            "U = np.random.random()\n    return s * np.sign(v) * (np.diff(np.ceil(np.r_[0, np.cumsum(magnitudes / s)] - U)) > 0)"
        ),
        {"q2b": 2},
    ),
    Submission(
        "the Euclidean norm in the place of the maximum",
        coin(
            "s = np.linalg.norm(v)\n    return s * np.sign(v) * (np.diff(np.ceil(np.r_[0, np.cumsum(magnitudes / s)] - rng.random())) > 0)"
        ),
        {"q2b": 2},
    ),
    Submission("highest bit first", packing(pair="(symbol >> 1, symbol & 1)"), {"q3a": 3}),
    Submission("impossible messages are read", packing(refuse="", impossible=""), {"q3a": 2}),
    Submission("only the length is checked", packing(impossible=""), {"q3a": 2}),
    Submission(
        "the entropy in floats, rounded up",
        counts(
            sparse="dim.bit_length() + int(np.ceil((lgamma(dim + 1) - lgamma(j + 1) - lgamma(dim - j + 1)) / np.log(2))) + j + 32"
        ),
        {"q3b": 3},
    ),
    Submission(
        "one bit too many at powers of two",
        counts(sparse="dim.bit_length() + comb(dim, j).bit_length() + j + 32"),
        {"q3b": 3},
    ),
    Submission(
        "the count of symbols is forgotten", counts(sparse="(comb(dim, j) - 1).bit_length() + j + 32"), {"q3b": 3}
    ),
    Submission(
        "a broadcast is counted for each worker", counts(down="len(selected) * (32 + dim + 2 * union)"), {"q3b": 2}
    ),
    Submission("the server sends its mean exactly", qrda(answer="syn"), {"q4b": 10}),
    Submission("H is made of what the server sends, not of what is heard", qrda(measured="syn"), {"q4b": 7}),
    Submission("the penalty does not grow with t", qrda(price="penalty"), {"q4b": 7}),
    Submission(
        "clipped silently before it shrinks",
        qrda(
            price="0",
            move="(lambda y: np.sign(y) * np.maximum(np.abs(y) - t * penalty * stepsize / H, 0))(np.clip(-stepsize * z / H, -radius, radius))",
        ),
        {"q4b": 3},
    ),
    Submission("the box is forgotten", qrda(move="-stepsize * shrunk / H"), {"q4b": 3}),
    Submission(
        "composite mirror descent instead",
        qrda(
            move="(lambda y: np.clip(np.sign(y) * np.maximum(np.abs(y) - stepsize * penalty / H, 0), -radius, radius))(x[t - 1] - stepsize * q / H)"
        ),
        {"q4b": 7},
    ),
    Submission(
        "all workers send on the first link",
        {
            "q4b": QRDA.format(
                answer="np.asarray(downlink(np.mean([uplinks[0](g) for g in pulls], axis=0)))",
                measured="q",
                price="t * penalty",
                move=MOVE,
            )
        },
        {"q4b": 6},
    ),
    Submission(
        "dqlab's own run",
        {
            "q4b": "from dqlab.theory.xu import rda_step\n"
            + QRDA.format(
                answer="np.asarray(downlink(syn))",
                measured="q",
                price="t * penalty",
                move="np.clip(rda_step(z / t, t, H, stepsize, penalty), -radius, radius)",
            )
        },
        {"q4b": 4},
    ),
    Submission(
        "the largest penalty of the exact gradient",
        {
            "q4c": "silent = float(np.abs(np.mean([full_gradient(m, np.zeros(DIM), 1) for m in range(4)], axis=0)).max())\nmissed = 0\n"
        },
        {"q4c": 4},
    ),
    Submission(
        "one step too early",
        {"q5a": "def first_sent(big, small):\n    return int(np.floor((np.sqrt(2) - 1) * big / small))\n"},
        {"q5a": 4},
    ),
    Submission(
        "half of the level, without its own part",
        {"q5a": "def first_sent(big, small):\n    return int(np.floor(big / 2 / small)) + 1\n"},
        {"q5a": 4},
    ),
    Submission(
        "a simulation in the place of a formula",
        {
            "q5a": "def first_sent(big, small):\n    t = 1\n    while t < 10**7 and t * small <= (2**0.5 - 1) * big:\n        t += 1\n    return t\n"
        },
        {"q5a": 4},
    ),
    Submission("no feedback", memory(keep=""), {"q5b": 4}),
    Submission("the debt has the wrong sign", memory(keep="self.owed = sent - wanted"), {"q5b": 4}),
    Submission("only the last loss is remembered", memory(keep="self.owed = v - sent"), {"q5b": 4}),
    Submission(
        "all memories share one debt",
        memory(shared="owed = 0.0", begin="pass", keep="Memory.owed = wanted - sent"),
        {"q5b": 4},
    ),
    Submission(
        "bits of the uplink alone",
        bits(found="float(run.bits_up[np.argmax(reached)]) if reached.any() else np.inf"),
        {"q6a": 4},
    ),
    Submission(
        "the last time instead of the first, and steps instead of infinity",
        bits(found="float(run.bits[len(reached) - 1 - np.argmax(reached[::-1])])"),
        {"q6a": 4},
    ),
    Submission(
        "somebody else's numbers",
        bits(
            budget='{"32 bits": 185600.0, "TernGrad": 65520.0, "threshold": np.inf, "threshold up": 188352.0, "threshold, feedback": 14560.0}'
        ),
        {"q6a": 2},
    ),
    Submission(
        "the server alone has a threshold",
        bits(budget=BUDGET.replace("**links)", '**{k: v for k, v in links.items() if k != "uplink"})')),
        {"q6a": 2},
    ),
]

UNUSUAL = [
    Submission(
        "every threshold of a sorted list, from the smallest up, in plain Python",
        {
            "q1b": "def best_ternary(v, weights):\n    pairs = sorted((abs(a), w) for a, w in zip(v.tolist(), weights.tolist()))\n    S, W, best, s = sum(a * w for a, w in pairs), sum(w for _, w in pairs), 0.0, 0.0\n"
            "    for a, w in pairs:\n        if W > 0 and S * S > best * W:\n            best, s = S * S / W, S / W\n        S, W = S - a * w, max(W - w, 1e-300)\n    return s, np.array([abs(a) > s / 2 > 0 for a in v.tolist()])\n"
        },
    ),
    Submission(
        "the mixture by a million draws",
        {
            "q1c": "def rule_of_thumb(v):\n    v = abs(np.asarray(v))\n    on = v / 0.75 > v.mean()\n    return (v @ on) / max(on.sum(), 1), on\n\n\n"
            "_rng = np.random.default_rng(0)\n_v = np.sort(np.abs(np.where(_rng.random(10**6) < share, 1.0, sigma) * _rng.standard_normal(10**6)))[::-1]\n_gain = np.cumsum(_v) ** 2 / np.arange(1, 10**6 + 1)\n"
            "_j = int(_gain.argmax())\nmy_factor = float(_v[: _j + 1].mean() / 2 / _v.mean())\nrule_loss = float((_v @ _v - _gain[(_v > 0.75 * _v.mean()).sum() - 1]) / (_v @ _v - _gain[_j]))\n"
        },
    ),
    Submission(
        "teeth found by searchsorted",
        coin(
            "ends, q = np.cumsum(magnitudes) / s, np.zeros(len(v))\n    hit = np.searchsorted(ends, np.arange(rng.random(), ends[-1]), side='right')\n    hit = hit[hit < len(v)]\n    q[hit] = s * np.sign(v[hit])\n    return q"
        ),
    ),
    Submission(
        "the comb from the other side",
        coin(
            "c = np.floor(np.cumsum(magnitudes / s) + rng.random())\n    return np.where(np.diff(c, prepend=0) > 0, s * np.sign(v), 0.0)"
        ),
    ),
    Submission(
        "bits by NumPy's own packing",
        {
            "q3a": "def pack(symbols, s):\n    both = np.unpackbits(np.asarray(symbols, np.uint8)[:, None], axis=1, bitorder='little')[:, :2]\n    return np.r_[both.ravel(), np.unpackbits(np.array([s], '<f4').view(np.uint8), bitorder='little')]\n\n\n"
            "def unpack(bits, dim):\n    bits = np.asarray(bits, np.uint8)\n    symbols, tail = bits[:-32].reshape(-1, 2) @ [1, 2], bits[-32:]\n    if len(symbols) != dim or len(tail) != 32:\n        raise ValueError('length')\n    s = np.packbits(tail, bitorder='little').view('<f4')[0]\n"
            "    if tail[-1] or not s < np.inf or max(symbols) > 2 or bool(s) != bool(max(symbols)):\n        raise ValueError('impossible')\n    return symbols, float(s)\n"
        },
    ),
    Submission(
        "the length of a binary numeral",
        counts(sparse="len(bin(dim)) - 2 + (len(bin(comb(dim, j) - 1)) - 2 if 0 < j < dim else 0) + j + 32"),
    ),
    Submission(
        "means in the place of sums",
        qrda(
            price="t * penalty",
            move="np.clip(t * stepsize / H * -(np.maximum(z / t - penalty, 0) + np.minimum(z / t + penalty, 0)), -radius, radius)",
        ),
    ),
    Submission(
        "a function that returns a function",
        {
            "q5b": "def Memory(quantize):\n    owed = []\n\n    def send(v):\n        wanted = np.sum([v, *owed], axis=0)\n        sent = np.array(quantize(wanted))\n        owed[:] = [wanted - sent]\n        return sent\n\n    return send\n"
        },
    ),
    Submission(
        "the prediction by a ceiling",
        {
            "q5a": "from math import ceil, isqrt, sqrt\n\n\ndef first_sent(big, small):\n    return max(1, ceil(big / (1 + sqrt(2)) / small))\n"
        },
    ),
    Submission(
        "a search in a list",
        bits(
            found="next((b for o, b in zip(run.objective.tolist(), run.bits.tolist()) if o - least <= share * (run.objective[0] - least)), float('inf'))"
        ),
    ),
]
