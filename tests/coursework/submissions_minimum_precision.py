"""Known submissions of assignment 2."""

from .harness import Submission

DECODE = """

def simq_decode(code, b):
    q = np.zeros(len(b))
    if code:
        q[abs(code) - 1] = np.sign(code) * b[abs(code) - 1]
    return q
"""
ENCODE = """def simq_encode(y, b, rng):
    chances = np.abs(y) / b
    if chances.sum() > 1 + 1e-9:
        raise ValueError("y is outside")
    left = rng.random()
    for i, chance in enumerate(chances):
        left -= chance
        if left < 0:
            return i + 1 if y[i] > 0 else -i - 1
    return 0
"""
PLUS = """def simq_plus(y, b, k, rng):
    chances = np.abs(y) / b
    if chances.sum() > 1 + 1e-9:
        raise ValueError("y is outside")
    counts = rng.multinomial(k, np.append(chances, max(0, 1 - chances.sum())))[:-1]
    return np.sign(y).astype(int) * counts
"""
LENGTHS = """def list_bits(d, k):
    return k * (2 * d).bit_length()


def type_code_bits(d, k):
    return (math.comb(d + k, k) - 1).bit_length() + min(k, d)
"""
RANKS = """def rank(counts, k):
    counts = [int(n) for n in counts]
    if min(counts) < 0 or sum(counts) > k:
        raise ValueError("no type")
    number, bar = 0, k - sum(counts)
    for i, n in enumerate(counts, start=1):
        number += math.comb(bar, i)
        bar += n + 1
    return number


def unrank(number, d, k):
    if not 0 <= number < math.comb(d + k, k):
        raise ValueError("no type")
    bars = []
    for i in range(d, 0, -1):
        bar = i - 1
        while math.comb(bar + 1, i) <= number:
            bar += 1
        number -= math.comb(bar, i)
        bars.insert(0, bar)
    return np.diff([*bars, d + k]) - 1
"""
MESSAGES = """def to_message(z, k):
    came_up = [n for n in z if n]
    places = min(k, len(z))
    value = dq.bits.rank_type(np.abs(z), k) << places
    for j, n in enumerate(came_up):
        value |= int(n < 0) << j
    return dq.bits.int_to_message(value, type_code_bits(len(z), k))


def from_message(message, d, k):
    dq.bits.check_message(message, type_code_bits(d, k))
    value, places = dq.bits.message_to_int(message), min(k, d)
    z = dq.bits.unrank_type(value >> places, d, k)
    signs = value & ((1 << places) - 1)
    for i in range(d):
        if z[i]:
            z[i] *= 1 - 2 * (signs & 1)
            signs >>= 1
    if signs:
        raise ValueError("a sign too many")
    return z
"""
PLAIN = """def send(z, k, chances):
    bits = []
    for n in z:
        bits += [1] * abs(n) + [0] + ([int(n < 0)] if n else [])
    return dq.bits.pack_fixed(np.array(bits), width=1)


def receive(reader, k, chances):
    z = []
    for _ in chances:
        n = 0
        while reader.read(1):
            n += 1
        z.append(-n if n and reader.read(1) else n)
    return np.array(z)
"""
FUNCTIONS = """def least_repeats(d, p, factor):
    return max(1, math.ceil(d ** (2 / p) / (factor**2 - 1) - 1e-9))


def bits_needed(d, p, alpha):
    return math.ceil(d ** (2 / p) / (2 * math.log(2) * alpha**2))
"""
MEASURE = """forecast = {4: 3.0, 64: 1.5}
make = dq.problems.AbsoluteRegression.planted
oracle = make(me.stream("problem"), dim=64, p=2)
repeats, horizons = [1, 4, 16, 64, 256], [500, 2000, 8000]


def mean_gap(draws, T):
    quantizer = None if draws is None else dq.quantizers.SimQPlus(8 * oracle.bound, 64, draws)
    return np.mean([dq.algorithms.psgd(oracle, quantizer, steps=T, seed=s).gap for s in range(4)])


exact = np.array([mean_gap(None, T) for T in horizons])
gaps = np.array([[mean_gap(draws, T) for T in horizons] for draws in repeats])
"""
EQUAL_CORNERS = """def best_corners(c, m):
    return np.full(len(c), c.sum())


b = best_corners(c, m)
gain = (b @ m) / (c.sum() * m.sum())
"""

WRONG = [
    Submission(
        "a corner always, with probabilities from |y|_1: biased inside of the body",
        {"q2": ENCODE.replace("left = rng.random()", "left = rng.random() * chances.sum()") + DECODE},
        loses={"q2": 6},
    ),
    Submission(
        "the sign is forgotten",
        {"q2": ENCODE.replace("return i + 1 if y[i] > 0 else -i - 1", "return i + 1") + DECODE},
        loses={"q2": 6},
    ),
    Submission(
        "clipped silently",
        {"q2": ENCODE.replace('raise ValueError("y is outside")', "chances = chances / chances.sum()") + DECODE},
        loses={"q2": 2},
    ),
    Submission(
        "the global generator",
        {"q2": ENCODE.replace("rng.random()", "np.random.random()") + DECODE},
        loses={"q2": 2},
    ),
    Submission(
        "changes the vector that it was given",
        {"q2": ENCODE.replace("chances = np.abs(y) / b", "y /= b\n    chances = np.abs(y)") + DECODE},
        loses={"q2": 6},
    ),
    Submission(
        "the library's SimQ",
        {
            "q2": """def simq_encode(y, b, rng):
    if (np.abs(y) / b).sum() > 1 + 1e-9:
        raise ValueError("y is outside")
    code = int(dq.quantizers.encode(dq.quantizers.SimQ(1.0, len(y)), y / b, rng=rng, outside="clip")[0])
    return (code + 1) // 2 * (1 if code % 2 else -1)
"""
            + DECODE
        },
        loses={"q2": 8},
    ),
    Submission(
        "the decoder forgets that lengths differ",
        {"q2": ENCODE + DECODE.replace("b[abs(code) - 1]", "b[0]")},
        loses={"q2": 4},
    ),
    Submission("equal corners, whatever is known", {"q3": EQUAL_CORNERS}, loses={"q3": 5}),
    Submission(
        "axis by axis, as if draws were independent",
        {
            "q4": PLUS.replace(
                "rng.multinomial(k, np.append(chances, max(0, 1 - chances.sum())))[:-1]",
                "rng.binomial(k, np.minimum(chances, 1))",
            )
        },
        loses={"q4": 2},
    ),
    Submission(
        "one draw, counted k times",
        {"q4": PLUS.replace("rng.multinomial(k,", "k * rng.multinomial(1,")},
        loses={"q4": 3},
    ),
    Submission(
        "the mean itself, rounded",
        {
            "q4": PLUS.replace(
                "counts = rng.multinomial(k, np.append(chances, max(0, 1 - chances.sum())))[:-1]",
                "counts = np.round(k * chances).astype(int)",
            )
        },
        loses={"q4": 7},
    ),
    Submission(
        "lengths by floating-point logarithms",
        {
            "q5": """def list_bits(d, k):
    return k * math.ceil(math.log2(2 * d + 1))


def type_code_bits(d, k):
    return math.ceil(math.log2(math.comb(d + k, k))) + min(k, d)
"""
        },
        loses={"q5": 5},
    ),
    Submission(
        "one bit too many where there are 2**n types",
        {"q5": LENGTHS.replace("(math.comb(d + k, k) - 1)", "math.comb(d + k, k)")},
        loses={"q5": 3},
    ),
    Submission(
        "a sign for every draw",
        {"q5": LENGTHS.replace("min(k, d)", "k")},
        loses={"q5": 3, "q7": 6},
    ),
    Submission(
        "binomials in floating point",
        {
            "q6": RANKS.replace("math.comb(bar, i)", "int(comb(bar, i))") + "\n\nfrom scipy.special import comb\n",
            "q7": MESSAGES,
        },
        loses={"q6": 5},
    ),
    Submission(
        "ranks from 1 on",
        {
            "q6": RANKS.replace("return number\n", "return number + 1\n").replace(
                "if not 0 <= number <", "number -= 1\n    if not 0 <= number <"
            ),
            "q7": MESSAGES,
        },
        loses={"q6": 8},
    ),
    Submission(
        "a number that no type has is read as the last one",
        {"q6": RANKS.replace('raise ValueError("no type")\n    bars', "number = math.comb(d + k, k) - 1\n    bars")},
        loses={"q6": 2, "q7": 2},
    ),
    Submission(
        "a table of all types",
        {
            "q6": """import itertools


def all_types(d, k):
    if math.comb(d + k, k) > 10**6:
        raise MemoryError("too many types")
    return [n for n in itertools.product(range(k + 1), repeat=d) if sum(n) <= k]


def rank(counts, k):
    return all_types(len(counts), k).index(tuple(int(n) for n in counts))


def unrank(number, d, k):
    if not 0 <= number < math.comb(d + k, k):
        raise ValueError("no type")
    return np.array(all_types(d, k)[number])
""",
            "q7": MESSAGES,
        },
        loses={"q6": 5},
    ),
    Submission(
        "the library's ranks",
        {
            "q6": """def rank(counts, k):
    return dq.bits.rank_type(counts, k)


def unrank(number, d, k):
    return dq.bits.unrank_type(number, d, k)
"""
        },
        loses={"q6": 11},
    ),
    Submission(
        "stray signs are read",
        {"q7": MESSAGES.replace("    if signs:\n", "    if False:\n")},
        loses={"q7": 2},
    ),
    Submission(
        "a sign for every axis, whether it came up or not",
        {
            "q7": """def to_message(z, k):
    number = dq.bits.int_to_message(dq.bits.rank_type(np.abs(z), k), dq.bits.type_bits(len(z), k))
    return dq.bits.concatenate([number, dq.bits.pack_fixed((np.asarray(z) < 0).astype(int), width=1)])


def from_message(message, d, k):
    number, signs = dq.bits.split(message, [dq.bits.type_bits(d, k), d])
    z = dq.bits.unrank_type(dq.bits.message_to_int(number), d, k)
    return z * (1 - 2 * dq.bits.unpack_fixed(signs, d, width=1).astype(int))
"""
        },
        loses={"q7": 4},
    ),
    Submission(
        "the type code once more",
        {
            "q8": """def send(z, k, chances):
    return to_message(z, k)


def receive(reader, k, chances):
    n = type_code_bits(len(chances), k)
    return from_message(dq.bits.int_to_message(reader.read(n), n), len(chances), k)
"""
        },
        loses={"q8": 9},
    ),
    Submission(
        "counts and signs together, of a fixed length",
        {
            "q8": """def send(z, k, chances):
    return dq.bits.int_to_message(dq.bits.rank_pyramid(z, k), dq.bits.pyramid_bits(len(z), k))


def receive(reader, k, chances):
    return dq.bits.unrank_pyramid(reader.read(dq.bits.pyramid_bits(len(chances), k)), len(chances), k)
"""
        },
        loses={"q8": 6},
    ),
    Submission("the plain code", {"q8": PLAIN}, loses={"q8": 3}),
    Submission(
        "as short as it can be, and nobody knows where it ends",
        {
            "q8": """def send(z, k, chances):
    number = dq.bits.rank_pyramid(z, k)
    return dq.bits.int_to_message(number, number.bit_length())


def receive(reader, k, chances):
    n = min(reader.left, dq.bits.pyramid_bits(len(chances), k))
    return dq.bits.unrank_pyramid(reader.read(n) % dq.bits.delannoy(len(chances), k), len(chances), k)
"""
        },
        loses={"q8": 11},
    ),
    Submission(
        "the vectors wait at the receiver already",
        {
            "q8": """WAITING = []


def send(z, k, chances):
    WAITING.append(z)
    return dq.bits.int_to_message(1, 1)


def receive(reader, k, chances):
    reader.read(1)
    return WAITING.pop(0)
"""
        },
        loses={"q8": 11},
    ),
    Submission(
        "floats that are a hair above a whole number",
        {"q11": FUNCTIONS.replace(" - 1e-9", "")},
        loses={"q11": 3},
    ),
    Submission(
        "the draws rounded down",
        {"q11": FUNCTIONS.replace("math.ceil(d ** (2 / p) / (factor", "math.floor(d ** (2 / p) / (factor")},
        loses={"q11": 3},
    ),
    Submission(
        "the wrong norm: a bound that Euclidean subgradients do not keep",
        {"q12": MEASURE.replace("8 * oracle.bound", "64 * oracle.bound")},
        loses={"q12": 2},
    ),
    Submission(
        "another student's problem",
        {
            "q12": MEASURE.replace(
                'me.stream("problem")', 'coursework.student("eve", "2026")._replace(id="eve").stream("x")'
            )
        },
        loses={"q12": 4},
    ),
]

RECURSIVE = """import functools


@functools.lru_cache(None)
def types(axes, draws):
    if axes == 0 or draws == 0:
        return 1
    return types(axes - 1, draws) + types(axes, draws - 1)


def rank(counts, k):
    counts = [int(n) for n in counts]
    if any(n < 0 for n in counts) or sum(counts) > k:
        raise ValueError("no type")
    number = 0
    for i, n in reversed(list(enumerate(counts))):
        number += sum(types(i, k - smaller) for smaller in range(n))
        k -= n
    return number


def unrank(number, d, k):
    if number < 0 or number >= math.comb(d + k, d):
        raise ValueError("no type")
    counts = []
    for i in reversed(range(d)):
        n = 0
        while number >= types(i, k):
            number, k, n = number - types(i, k), k - 1, n + 1
        counts.append(n)
    return counts[::-1]


for draws in range(0, 420, 20):
    types(420, draws)  # so that the recursion stays shallow
"""
MAPPED = """WIDTH = 1 << 14


def parts(k, chances):
    silent = (1 + k * np.asarray(chances)) ** -1.0
    return np.clip(np.rint(WIDTH * silent), 1, WIDTH - 1).astype(int).tolist()


def interval(events, silent):
    low, width = 0, 4
    for came, part in zip(events, silent):
        low, width = low * WIDTH + width * (part if came else 0), width * (WIDTH - part if came else part)
    return low, width


def inside(v, n, low, width, whole):
    return low <= v << (whole - n) and (v + 1) << (whole - n) <= low + width


def send(z, k, chances):
    low, width = interval([n != 0 for n in z], parts(k, chances))
    whole = 14 * len(z) + 2
    n = 0
    while not inside(-(-low >> (whole - n)), n, low, width, whole):
        n += 1
    v = -(-low >> (whole - n))
    bits = [v >> (n - 1 - j) & 1 for j in range(n)]
    for count in z:
        if count:
            bits += [1] * (abs(count) - 1) + [0, int(count < 0)]
    return dq.bits.pack_fixed(np.array(bits), width=1)


def receive(reader, k, chances):
    silent, whole, v, n = parts(k, chances), 14 * len(chances) + 2, 0, 0
    while True:
        target, events, low, width = v << (whole - n), [], 0, 4
        for left, part in zip(range(len(silent) - 1, -1, -1), silent):
            low, cut = low * WIDTH, width * part
            came = target >> (14 * left) >= low + cut
            events.append(came)
            low, width = (low + cut, width * (WIDTH - part)) if came else (low, cut)
        if inside(v, n, low, width, whole):
            break
        v, n = 2 * v + reader.read(1), n + 1
    z = []
    for came in events:
        count = int(came)
        while count and reader.read(1):
            count += 1
        z.append(-count if count and reader.read(1) else count)
    return np.array(z)
"""

UNUSUAL = [
    Submission(
        "corners by numpy's choice, the sign by copysign",
        {
            "q2": """def simq_encode(y, b, rng):
    p = np.concatenate([np.abs(y) / b, [0.0]])
    if p.sum() > 1 + 1e-9:
        raise ValueError("outside")
    p[-1] = max(0.0, 1.0 - p.sum())
    p[-1] = p[-1] if p[-1] > 1e-12 else 0.0
    i = rng.choice(len(p), p=p / p.sum())
    return 0 if i == len(y) else int(np.copysign(i + 1, y[i]))


def simq_decode(code, b):
    return np.sign(code) * b * (np.arange(1, len(b) + 1) == abs(code))
"""
        },
    ),
    Submission(
        "k calls of SimQ, and counting",
        {
            "q4": """def simq_plus(y, b, k, rng):
    z = np.zeros(len(y), dtype=np.int32)
    for _ in range(k):
        code = simq_encode(y, b, rng)
        if code:
            z[abs(code) - 1] += np.sign(code)
    return z
"""
        },
    ),
    Submission(
        "sorted uniforms and a histogram",
        {
            "q4": """def simq_plus(y, b, k, rng):
    edges = np.concatenate([[0.0], np.cumsum(np.abs(y) / b)])
    if edges[-1] > 1 + 1e-9:
        raise ValueError("outside")
    if edges[-1] > 1 - 1e-12:
        edges /= edges[-1]
    counts = np.bincount(np.searchsorted(edges, rng.random(k), side="right") - 1, minlength=len(y) + 1)
    return counts[: len(y)] * np.where(y < 0, -1, 1)
"""
        },
    ),
    Submission(
        "lengths by counting bits of binary text",
        {
            "q5": """def list_bits(d, k):
    return k * len(f"{2 * d:b}")


def type_code_bits(d, k):
    types = math.prod(range(max(d, k) + 1, d + k + 1)) // math.factorial(min(d, k))
    return (len(f"{types - 1:b}") if types > 1 else 0) + min(d, k)
"""
        },
    ),
    Submission("stars and bars", {"q6": RANKS}),
    Submission("another order: a recursion from the last axis, and lists", {"q6": RECURSIVE}),
    Submission("messages as one integer, with the library's ranks", {"q7": MESSAGES}),
    Submission("which axes came up by arithmetic coding, counts in unary", {"q8": MAPPED}),
    Submission(
        "the draws by search",
        {
            "q11": """def least_repeats(d, p, factor):
    k = 1
    while math.sqrt(d ** (2 / p) / k + 1) > factor * (1 + 1e-9):
        k += 1
    return k


def bits_needed(d, p, alpha):
    r = 0
    while 2 * alpha**2 * r * math.log(2) < d ** (2 / p):
        r += 1
    return r
"""
        },
    ),
]
