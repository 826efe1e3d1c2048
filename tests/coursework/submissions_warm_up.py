"""Known submissions of the warm-up: what goes wrong in first quantizers, and right answers that look unlike the reference."""

from .harness import Submission

PACK = """
def pack(codes, letters):
    value = 0
    for code in {order}:
        value = value * letters + int(code)
    nbits = (letters ** len(codes) - 1).bit_length()
    words = [(value >> (64 * i)) & (2**64 - 1) for i in range((nbits + 63) // 64)]
    return dq.bits.Message(np.array(words, dtype=np.{kind}), nbits)
"""
UNPACK = """
def unpack(message, count, letters):
    {refuse}
    value = sum(int(word) << (64 * i) for i, word in enumerate(message.words))
    codes = []
    for _ in range(count):
        value, code = divmod(value, letters)
        codes.append(code)
    return np.array(codes, dtype=np.int64)
"""
LENGTH = "if message.nbits != (letters**count - 1).bit_length(): raise dq.bits.DecodeError('length')"

ENCODE = """
def encode(u, levels, scale):
    {check}
    return np.clip(np.floor((u / scale + 1) * levels / 2), 0, levels - 1).astype(int)

def decode(codes, levels, scale):
    return (2 * np.asarray(codes) + 1 - levels) * scale / levels
"""

SEND = """
def send(u, levels):
    global remembered
    scale = remembered = {scale}
    codes = encode(u, levels, float(scale)) if scale > 0 else np.zeros(len(u), dtype=int)
    first = dq.bits.int_to_message({first}, 32)
    return dq.bits.concatenate([first, dq.bits.pack_radix(codes, levels)])

def receive(message, dim, levels):
    first, rest = dq.bits.split(message, [32, dq.bits.radix_bits(dim, levels)])
    scale = {known}
    return decode(dq.bits.unpack_radix(rest, dim, levels), levels, scale)
"""
ABOVE = "np.nextafter(np.float32(np.abs(u).max()), np.float32(np.inf)) if np.abs(u).max() > 0 else np.float32(0)"
SENT, READ = (
    "int(np.float32(scale).view(np.uint32))",
    "float(np.uint32(dq.bits.message_to_int(first)).view(np.float32))",
)

COINS = """
def encode_randomly(u, levels, scale, rng):
    u = np.asarray(u, dtype=float)
    if not np.all(np.abs(u) <= scale):
        raise ValueError("outside")
    place = (u / scale + 1) * (levels - 1) / 2
    return np.clip(np.floor(place + {coin}), 0, levels - 1).astype(int)

def decode_randomly(codes, levels, scale):
    return (2 * np.asarray(codes) / (levels - 1) - 1) * scale
"""

DESCENT = """
def quantized_descent(problem, levels, ranges, stepsize):
    x, distances = np.zeros(problem.dim), []
    for scale in ranges:
        {before}
        codes = encode({gradient}, levels, scale)
        x = x - stepsize * decode(codes, levels, scale)
        {after}
    {last}
    return np.array(distances)
"""
NOTE = "distances.append(np.linalg.norm(x - problem.minimiser))"

WRONG = [
    Submission(
        "every code gets whole bits of its own",
        {"q1b": "def message_bits(count, letters):\n    return count * (letters - 1).bit_length()\n"},
        loses={"q1b": 4, "q1d": 1},
    ),
    Submission(
        "floats instead of integers",
        {"q1b": "def message_bits(count, letters):\n    return int(np.ceil(count * np.log2(float(letters))))\n"},
        loses={"q1b": 2},
    ),
    Submission(
        "rounded down instead of up",
        {"q1b": "def message_bits(count, letters):\n    return int(count * np.log2(letters))\n"},
        loses={"q1b": 4, "q1d": 1},
    ),
    Submission(
        "lengths of the visible examples, by heart",
        {"q1b": "def message_bits(count, letters):\n    return {(5, 3): 8, (64, 4): 128}.get((count, letters), 34)\n"},
        loses={"q1b": 5, "q1d": 1},
    ),
    Submission(
        "the first code is the most significant digit, at one end",
        {"q1c": PACK.format(order="codes", kind="uint64") + UNPACK.format(refuse=LENGTH)},
        loses={"q1c": 6},
    ),
    Submission(
        "words are signed, and impossible messages are believed",
        {"q1c": PACK.format(order="codes[::-1]", kind="int64").replace("2**64 - 1", "2**63 - 1") + UNPACK.format(refuse="pass")},
        loses={"q1c": 5},
    ),
    Submission(
        "the library packs",
        {"q1c": "def pack(codes, letters):\n    value = sum(int(c) * letters**i for i, c in enumerate(codes))\n"
                "    return dq.bits.int_to_message(value, (letters ** len(codes) - 1).bit_length())\n" + UNPACK.format(refuse=LENGTH)},
        loses={"q1c": 5},
    ),
    Submission(
        "entropy in nats",
        {"q1d": "def entropy(counts):\n    p = counts / np.sum(counts)\n    p = p[p > 0]\n    return -np.sum(p * np.log(p))\n"
                "price_alone = (letters - 1).bit_length()\nprice_together = message_bits(1000, letters) / 1000\n"
                "price_entropy = entropy(np.bincount(sent, minlength=letters))\n"},
        loses={"q1d": 3},
    ),
    Submission(
        "clipped silently",
        {"q2a": ENCODE.format(check="u = np.clip(u, -scale, scale)")},
        loses={"q2a": 2, "q5a": 1},
    ),
    Submission(
        "NaN gets through",
        {"q2a": ENCODE.format(check="if np.any(np.abs(u) > scale): raise ValueError('outside')")},
        loses={"q2a": 2},
    ),
    Submission(
        "the range is rounded to the nearest float32",
        {"q2b": SEND.format(scale="np.float32(np.abs(u).max())", first=SENT, known=READ)},
        loses={"q2b": 4},
    ),
    Submission(
        "the receiver remembers the last range",
        {"q2b": SEND.format(scale=ABOVE, first="0", known="float(remembered)")},
        loses={"q2b": 3},
    ),
    Submission(
        "the worst input is a corner, outside of the ball",
        {"q2c": "def worst_input(levels, dim, scale):\n    return np.full(dim, scale)\n"},
        loses={"q2c": 3},
    ),
    Submission(
        "decibels of amplitudes by the rule for powers",
        {"q2d": "def snr(u, levels, scale):\n    error = decode(encode(u, levels, scale), levels, scale) - u\n"
                "    return 10 * np.log10(np.sqrt(np.mean(u**2) / np.mean(error**2)))\n"
                "decibels = np.array([snr(wind, 2**rate, gust) for rate in range(1, 11)])\n"
                "slope = np.polyfit(np.arange(6, 11), decibels[5:], 1)[0]\n"},
        loses={"q2d": 4},
    ),
    Submission("nearest instead of random", {"q3a": COINS.format(coin="0.5")}, loses={"q3a": 5}),
    Submission("one coin for all coordinates", {"q3a": COINS.format(coin="rng.random()")}, loses={"q3a": 2}),
    Submission("coins of the global generator", {"q3a": COINS.format(coin="np.random.rand(*u.shape)")}, loses={"q3a": 2}),
    Submission(
        "the same seed in every call",
        {"q3a": COINS.format(coin="np.random.default_rng(0).random(u.shape)")},
        loses={"q3a": 5},
    ),
    Submission(
        "a coin that is a little unfair",
        {"q3a": COINS.format(coin="0.9 * rng.random(u.shape)")},
        loses={"q3a": 3},
    ),
    Submission(
        "errors of the other grid, the middles of cells",
        {"q3c": "q = decode(encode(ridge, ridge_levels, 1.0), ridge_levels, 1.0)\nnearest_error = float(np.sum((q - ridge) ** 2))\n"
                "random_error = 6 / (ridge_levels - 1) ** 2\nstations = int(random_error / nearest_error) + 1\n"},
        loses={"q3c": 3},
    ),
    Submission(
        "three standard deviations, whatever the levels",
        {"q4a": "def best_range(u, levels):\n    return 3 * np.std(u)\nranges_of_wind = np.array([best_range(wind, k) for k in (4, 16, 64)])\n"},
        loses={"q4a": 4},
    ),
    Submission(
        "the distance before the step, and the last one missing",
        {"q5a": DESCENT.format(before=NOTE, gradient="dq.problems.gradient(problem, x)", after="", last="")},
        loses={"q5a": 3, "q5c": 3},
    ),
    Submission(
        "the library's quantizer instead of the student's",
        {"q5a": DESCENT.format(before="", gradient="np.zeros(problem.dim)", after=NOTE, last="distances.insert(0, np.linalg.norm(problem.minimiser))")
                .replace("decode(codes, levels, scale)", "dq.quantizers.quantize(dq.quantizers.UniformScalar(levels, problem.dim), dq.problems.gradient(problem, x), scale)")},
        loses={"q5a": 3},
    ),
    Submission(
        "the floor in the wrong norm",
        {"q5b": "def floor_bound(L, mu, dim, levels, scale):\n    return scale * dim / (levels * mu)\n"
                "floors = np.array([[quantized_descent(hill, k, np.full(2000, hill.L * D), s)[1001:].max() / D for s in (eta, eta / 4)] for k in (64, 65)])\n"},
        loses={"q5b": 2},
    ),
    Submission(
        "a neighbour's numbers",
        {"q5b": "def floor_bound(L, mu, dim, levels, scale):\n    return scale * np.sqrt(dim) / (levels * mu)\n"
                "floors = np.array([[0.0593, 0.0131], [0.0579, 0.1067]])\n"},
        loses={"q5b": 2},
    ),
    Submission(
        "one step too many",
        {"q5c": "final_distances = np.array([quantized_descent(hill, 2**b, np.full(-(-300 // b), hill.L * D), eta)[-1] / D for b in range(6, 21)])\n"},
        loses={"q5c": 3},
    ),
]  # fmt: skip

UNUSUAL = [
    Submission(
        "lengths by looking for the power of two",
        {"q1b": "def message_bits(count, letters):\n    bits = 0\n    while 2**bits < letters**count:\n        bits += 1\n    return bits\n"},
    ),
    Submission(
        "words through bytes, codes as a list of Python's integers",
        {"q1c": '''
def pack(codes, letters):
    value, place = 0, 1
    for code in codes:
        value, place = value + int(code) * place, place * letters
    nbits = (place - 1).bit_length()
    raw = value.to_bytes(8 * -(-nbits // 64), "little")
    return dq.bits.Message(np.frombuffer(raw, dtype="<u8").astype(np.uint64), nbits)

def unpack(message, count, letters):
    total = letters**count
    value = int.from_bytes(np.asarray(message.words).astype("<u8").tobytes(), "little")
    if message.nbits != (total - 1).bit_length() or value >> message.nbits or not value < total:
        raise dq.bits.DecodeError("no")
    return [value // letters**i % letters for i in range(count)]
'''},
    ),
    Submission(
        "entropy by scipy",
        {"q1d": "from scipy.stats import entropy as nats\ndef entropy(counts):\n    return nats(np.asarray(counts, float), base=2)\n"
                "price_alone = np.ceil(np.log2(letters))\nprice_together = np.ceil(1000 * np.log2(letters)) / 1000\n"
                "price_entropy = np.float32(0) + entropy(np.unique(sent, return_counts=True)[1])\n"},
    ),
    Submission(
        "cells by a table and searchsorted",
        {"q2a": '''
def encode(u, levels, scale):
    if np.isnan(u).any() or max(abs(np.max(u)), abs(np.min(u))) > scale:
        raise ValueError("a coordinate is outside of the range, or NaN")
    return np.searchsorted(np.linspace(-scale, scale, levels + 1)[1:-1], u)

def decode(codes, levels, scale):
    edges = np.linspace(-scale, scale, levels + 1)
    return (0.5 * (edges[:-1] + edges[1:]))[codes]
''', "q5c": "final_distances = [quantized_descent(hill, 2**b, np.full(300 // b, hill.L * D), eta)[-1] / D for b in range(6, 21)]\n"},
    ),
    Submission(
        "codes first, the range last, in the student's own code",
        {"q2b": '''
import struct

def send(u, levels):
    most = float(np.max(np.abs(u)))
    scale = np.float32(most)
    while float(scale) < most:
        scale = np.nextafter(scale, np.float32(np.inf))
    codes = encode(u, levels, float(scale)) if most else np.zeros(len(u), int)
    body = pack(codes, levels)
    return dq.bits.concatenate([body, dq.bits.int_to_message(struct.unpack("<I", struct.pack("<f", scale))[0], 32)])

def receive(message, dim, levels):
    body, last = dq.bits.split(message, [message_bits(dim, levels), 32])
    scale = struct.unpack("<f", struct.pack("<I", dq.bits.message_to_int(last)))[0]
    return decode(unpack(body, dim, levels), levels, scale)
'''},
    ),
    Submission(
        "coins coordinate by coordinate",
        {"q3a": '''
def encode_randomly(u, levels, scale, rng):
    codes = []
    for v in u:
        if not -scale <= v <= scale:
            raise ValueError(f"{v} is outside of the range")
        place = (v + scale) / (2 * scale) * (levels - 1)
        low = min(int(place), levels - 2)
        codes.append(low + int(rng.choice(2, p=[1 - (place - low), place - low])))
    return np.array(codes)

def decode_randomly(codes, levels, scale):
    return np.linspace(-scale, scale, levels)[codes]
'''.replace("rng.choice(2, p=[1 - (place - low), place - low])", "rng.random() < place - low")},
    ),
    Submission(
        "the best range by golden sections between a coarse grid's points",
        {"q4a": '''
from scipy.optimize import minimize_scalar

def best_range(u, levels):
    def noise(log_range):
        r = np.exp(log_range)
        return np.mean((decode(encode(np.clip(u, -r, r), levels, r), levels, r) - u) ** 2)

    top = np.log(3 * np.abs(u).max())
    grid = np.linspace(top - 6, top, 61)
    start = min(grid, key=noise)
    found = minimize_scalar(noise, bounds=(start - 0.1, start + 0.1), method="bounded")
    return np.exp(found.x)

ranges_of_wind = [best_range(wind, 4), best_range(wind, 16), best_range(wind, 64)]
'''},
    ),
    Submission(
        "descent by the matrix, in place",
        {"q5a": DESCENT.format(before="", gradient="problem.gram @ x - problem.moment", after=NOTE, last="distances.insert(0, np.linalg.norm(problem.minimiser))")},
    ),
]  # fmt: skip
