"""Known submissions of assignment 3."""

from .harness import Submission

OWN_BETA = "\nbeta = np.sort(np.abs(np.linalg.eigvals(metropolis(villages.adjacency))))[-2]\n"

REFUSE_LINES = """
    A = np.asarray(adjacency)
    if not np.array_equal(A, A.T):
        raise ValueError("adjacency: not symmetric")
    if A.diagonal().any():
        raise ValueError("adjacency: a node is its own neighbour")
"""

PIECES = """
    I = np.eye(len(A))
    pieces = round(np.sum(np.linalg.eigvalsh(np.diag(A.sum(axis=1)) - A) < 1e-9))
    if pieces > 1:
        raise ValueError(f"adjacency: not connected, {pieces} pieces")
"""

SEND = """
def send(x, width, rng):
    x = np.asarray(x, float)
    if (np.abs(x) > 1 + 1e-9).any():
        raise ValueError("x: expected numbers in [-1, 1]")
    top = 2 ** (width - 1) - 1
    place = np.clip(x, -1, 1) * top
    codes = np.minimum(np.floor(place + top + {draw}), 2 * top).astype(np.int64)
    return ((codes[:, None] >> np.arange(width)) & 1).astype(np.uint8).ravel()


def receive(message, width):
    top = 2 ** (width - 1) - 1
    return (message.reshape(-1, width).astype(np.int64) @ (1 << np.arange(width)) - top) / top
"""

LEFTOVER = """
def leftover(W, variances, epsilon):
    eigenvalues, U = np.linalg.eigh(W)
    N = {noise}
    rho = 1 - epsilon * (1 - eigenvalues[:-1])
    entering = epsilon**2 * {variances} @ (N.T @ U[:, :-1]) ** 2
    return (entering / (1 - rho**2)).sum() / {nodes}


here = villages.epsilon
better = [leftover(W, np.where(np.arange(n) == i, d / 900, d / 196), here) for i in range(n)]
village = int(np.argmin(better))
"""

SLOWEST = """
def slowest(quantile, nodes):
    s = (np.arange(20_000) + 0.5) / 20_000
    return {answer}


wait = 10 * slowest(lambda u: villages.slow + (villages.fast - villages.slow) * u, n)
"""

BATCH = """
def batch_gradients(X, sheets, sizes, rng):
    G = np.zeros(X.shape)
    for i, size in enumerate(sizes):
        {line}
    return G
"""

QUANTIMED = """
def quantimed(W, sheets, start, alpha, epsilon, deadline, width, bandwidth, V, rng):
    own, others = np.diag(W)[:, None], W - np.diag(np.diag(W))
    batches = {batches}
    X = np.empty((len(V) + 1, len(W), start.size))
    X[0] = start
    for t in range(len(V)):
        Z = np.array([receive(send(x, width, rng), width) for x in X[t]])
        {step}
    return X, np.arange(len(V) + 1) * ({seconds})
"""
FLOOR = "np.floor(V * deadline + 1e-9).astype(int)"
STEP = (
    "X[t + 1] = (1 - epsilon + epsilon * own) * X[t] + epsilon * others @ Z"
    " - alpha * epsilon * batch_gradients(X[t], sheets, batches[t], rng)"
)
SECONDS = "deadline + start.size * width / bandwidth"

ERROR = """
def predicted_error(rounds, W, sheets, start, alpha, epsilon, sigma_sq, inverse_batch):
    t, nodes = np.asarray(rounds)[..., None], len(W)
    values, U = np.linalg.eigh(W)
    C, gamma_sq = sheets.mean(axis=1), {noise}
    rho = 1 - epsilon * (1 - values) - alpha * epsilon
    fixed = {fixed}
    aim = U.T @ np.tile(C.mean(axis=0), (nodes, 1))
    left = U.T @ np.tile(start, (nodes, 1)) - fixed
    N = {others}
    entering = epsilon**2 * sigma_sq * ((N @ U) ** 2).sum(axis=0)
    entering = entering + (alpha * epsilon) ** 2 * inverse_batch * (gamma_sq[:, None] * U**2).sum(axis=0)
    means = (((fixed - aim) + (rho**t)[..., None] * left) ** 2).sum(axis=-1)
    return (means + entering * {series}).sum(axis=-1) / nodes
"""
NOISE, FIXED = "sheets.var(axis=1).sum(axis=1)", "alpha * (U.T @ C) / (1 - values + alpha)[:, None]"
OTHERS, SERIES = "W - np.diag(np.diag(W))", "(1 - rho ** (2 * t)) / (1 - rho**2)"

CHOICE = """
def rounds_needed(width, inverse):
    v, rounds = villages, np.arange(1, 121)
    error = predicted_error(rounds, W, v.sheets, v.start, v.stepsize, v.epsilon, {sigma_sq}, inverse)
    return rounds[(error <= v.target).argmax()] if (error <= v.target).any() else np.inf


def seconds_needed(deadline, width):
    return rounds_needed(width, {inverse}) * (deadline + {exchange})


bells = {bells}
found = {{(bell, bits): seconds_needed(bell, bits) for bell in bells for bits in range(2, 8)}}
(one, other), seconds = min(found.items(), key=lambda pair: pair[1])
design = {{"deadline": float(one), "width": other}}
"""
BELLS = "np.geomspace(1, 60, 120) / villages.slow"
INVERSE = "dq.clock.Deadline(deadline).inverse_batch(villages.speeds)"
SIGMA, EXCHANGE = "noise_of_width(width, d)", "d * width / villages.bandwidth"

WRONG = [
    Submission(
        "networks in pieces are not refused",
        {
            "q1": "def metropolis(adjacency):"
            + REFUSE_LINES
            + "    D = A.sum(axis=1)\n    W = A / (1 + np.maximum(D[:, None], D))\n    return W + np.diag(1 - W.sum(axis=1))\n"
            + OWN_BETA
        },
        loses={"q1": 2},
    ),
    Submission(
        "rows that sum to 1 and columns that do not",
        {
            "q1": "def metropolis(adjacency):"
            + REFUSE_LINES
            + PIECES
            + "    return (A + I) / (1 + A.sum(axis=1))[:, None]\n"
            + OWN_BETA
        },
        loses={"q1": 5},
    ),
    Submission(
        "the library's weights",
        {
            "q1": "def metropolis(adjacency):\n"
            "    return dq.networks.metropolis_weights(nx.from_numpy_array(np.asarray(adjacency))).dense()\n" + OWN_BETA
        },
        loses={"q1": 5},
    ),
    Submission(
        "beta is the second eigenvalue of another student",
        {
            "q1": "def metropolis(adjacency):"
            + REFUSE_LINES
            + PIECES
            + "    D = A.sum(axis=1)\n    W = A / (1 + np.maximum(D[:, None], D))\n    return W + np.diag(1 - W.sum(axis=1))\n"
            "\n\nbeta = 0.8321\n"
        },
        loses={"q1": 1},
    ),
    Submission("rounding to the nearest point", {"q3a": SEND.format(draw="0.5")}, loses={"q3a": 4, "q5b": 2}),
    Submission(
        "rounding up more often than down", {"q3a": SEND.format(draw="rng.random(x.size) ** 0.8")}, loses={"q3a": 3}
    ),
    Submission(
        "one draw for all numbers of a message", {"q3a": SEND.format(draw="rng.random()")}, loses={"q3a": 4, "q5b": 2}
    ),
    Submission(
        "clipped silently",
        {
            "q3a": SEND.format(draw="rng.random(x.size)").replace(
                'raise ValueError("x: expected numbers in [-1, 1]")', "x = np.clip(x, -1, 1)"
            )
        },
        loses={"q3a": 2},
    ),
    Submission(
        "a bit too many",
        {
            "q3a": SEND.format(draw="rng.random(x.size)")
            .replace("np.arange(width)", "np.arange(width + 1)")
            .replace("(-1, width)", "(-1, width + 1)")
        },
        loses={"q3a": 2},
    ),
    Submission("numpy's global generator", {"q3a": SEND.format(draw="np.random.random(x.size)")}, loses={"q3a": 1}),
    Submission(
        "a grid of 2**b points, without 0",
        {"q3a": SEND.format(draw="rng.random(x.size)").replace("2 ** (width - 1) - 1", "(2**width - 1) / 2")},
        loses={"q3a": 2, "q5b": 2},
    ),
    Submission(
        "all nodes have the mean noise",
        {
            "q3b": LEFTOVER.format(
                noise="W - np.diag(np.diag(W))", variances="np.full(len(W), np.mean(variances))", nodes="len(W)"
            )
        },
        loses={"q3b": 5},
    ),
    Submission(
        "every node hears its own message",
        {"q3b": LEFTOVER.format(noise="W", variances="np.asarray(variances)", nodes="len(W)")},
        loses={"q3b": 8},
    ),
    Submission(
        "the fastest of all",
        {"q4a": SLOWEST.format(answer="float(np.mean(1 / quantile(s ** (1 / nodes))))")},
        loses={"q4a": 6},
    ),
    Submission(
        "every law is uniform",
        {
            "q4a": SLOWEST.format(
                answer="dq.theory.reisizadeh.slowest_uniform(float(quantile(np.array([1e-12]))[0]), float(quantile(np.array([1 - 1e-12]))[0]), nodes) if np.ptp(quantile(s)) > 0 else float(1 / quantile(s)[0])"
            )
        },
        loses={"q4a": 5},
    ),
    Submission(
        "sheets drawn without replacement",
        {
            "q5a": BATCH.format(
                line="if size: G[i] = X[i] - sheets[i, rng.permutation(sheets.shape[1])[:size]].mean(axis=0)"
            )
        },
        loses={"q5a": 2},
    ),
    Submission(
        "an empty batch is divided by 0",
        {
            "q5a": BATCH.format(
                line="G[i] = X[i] - sheets[i, rng.integers(sheets.shape[1], size=size)].sum(axis=0) / size"
            )
        },
        loses={"q5a": 1, "q5b": 4},
    ),
    Submission(
        "a seed of its own in every call",
        {
            "q5a": BATCH.format(
                line="if size: G[i] = X[i] - sheets[i, np.random.default_rng(0).integers(sheets.shape[1], size=size)].mean(axis=0)"
            )
        },
        loses={"q5a": 4},
    ),
    Submission(
        "the own model is rounded, too",
        {"q5b": QUANTIMED.format(batches=FLOOR, step=STEP.replace("own) * X[t]", "own) * Z"), seconds=SECONDS)},
        loses={"q5b": 2},
    ),
    Submission(
        "gradients after mixing",
        {
            "q5b": QUANTIMED.format(
                batches=FLOOR,
                step="M = (1 - epsilon + epsilon * own) * X[t] + epsilon * others @ Z\n        "
                "X[t + 1] = M - alpha * epsilon * batch_gradients(M, sheets, batches[t], rng)",
                seconds=SECONDS,
            )
        },
        loses={"q5b": 5},
    ),
    Submission(
        "sheets that are begun count",
        {"q5b": QUANTIMED.format(batches="np.round(V * deadline).astype(int)", step=STEP, seconds=SECONDS)},
        loses={"q5b": 4},
    ),
    Submission(
        "floor, as computers see it",
        {"q5b": QUANTIMED.format(batches="np.floor(V * deadline).astype(int)", step=STEP, seconds=SECONDS)},
        loses={"q5b": 1},
    ),
    Submission(
        "the clock forgets the telegraph",
        {"q5b": QUANTIMED.format(batches=FLOOR, step=STEP, seconds="deadline")},
        loses={"q5b": 1},
    ),
    Submission(
        "all diagonal weights let noise in",
        {"q6b": ERROR.format(noise=NOISE, fixed=FIXED, others="W", series=SERIES)},
        loses={"q6b": 4, "q7b": 3},
    ),
    Submission(
        "the pull towards one's own mean is forgotten",
        {
            "q6b": ERROR.format(
                noise=NOISE, fixed="U.T @ np.tile(C.mean(axis=0), (nodes, 1))", others=OTHERS, series=SERIES
            )
        },
        loses={"q6b": 6, "q7a": 1, "q7b": 7},
    ),
    Submission(
        "all villages have the mean noise",
        {
            "q6b": ERROR.format(
                noise="np.full(nodes, sheets.var(axis=1).sum(axis=1).mean())", fixed=FIXED, others=OTHERS, series=SERIES
            )
        },
        loses={"q6b": 2},
    ),
    Submission(
        "predictions by feeling",
        {
            "q7a": 'factor_seconds, factor_deadline, out_of_reach = 0.5, 1.0, 0.01\nguess = {"deadline": 0.5, "width": 8}'
        },
        loses={"q7a": 3},
    ),
    Submission(
        "a design that somebody else uses",
        {
            "q7b": CHOICE.format(sigma_sq=SIGMA, inverse=INVERSE, exchange=EXCHANGE, bells="[0.5]")
            + 'design = {"deadline": 1.1, "width": 8}\nseconds = 9.0\n'
        },
        loses={"q7b": 7},
    ),
    Submission(
        "the mean batch, not its inverse",
        {
            "q7b": CHOICE.format(
                sigma_sq=SIGMA, inverse="1 / (deadline * villages.speeds.mean)", exchange=EXCHANGE, bells=BELLS
            )
        },
        loses={"q7b": 4},
    ),
    Submission(
        "bits that cost nothing",
        {"q7b": CHOICE.format(sigma_sq=SIGMA, inverse=INVERSE, exchange="0", bells=BELLS)},
        loses={"q7b": 7},
    ),
]

UNUSUAL = [
    Submission(
        "pieces by powers of a matrix, weights one by one",
        {
            "q1": "def metropolis(adjacency):"
            + REFUSE_LINES
            + "    reach = np.linalg.matrix_power(A + np.eye(len(A)), len(A)) > 0\n"
            "    pieces = len({tuple(row) for row in reach.tolist()})\n"
            "    if pieces > 1:\n        raise ValueError(f'not connected: {pieces} pieces')\n"
            "    W = np.zeros(A.shape)\n"
            "    for i, j in zip(*np.nonzero(A)):\n        W[i, j] = 1 / (1 + max(A[i].sum(), A[j].sum()))\n"
            "    np.fill_diagonal(W, 1 - W.sum(axis=1))\n    return W\n" + OWN_BETA
        },
    ),
    Submission(
        "bits as text, the first the most significant",
        {
            "q3a": """
def send(x, width, rng):
    top, text = 2 ** (width - 1) - 1, ""
    for number in np.asarray(x, float):
        if abs(number) > 1 + 1e-9:
            raise ValueError(f"x: {number} is outside [-1, 1]")
        place = min(max(number, -1), 1) * top
        code = int(np.ceil(place - rng.random())) if place != int(place) else int(place)
        text += format(code + top, f"0{width}b")
    return np.array(list(text), dtype=np.uint8)


def receive(message, width):
    top = 2 ** (width - 1) - 1
    text = "".join(map(str, message))
    return np.array([(int(text[k : k + width], 2) - top) / top for k in range(0, len(text), width)])
"""
        },
    ),
    Submission(
        "the leftover from a linear system for the covariance",
        {
            "q3b": """
def leftover(W, variances, epsilon):
    size = len(W)
    P, N = np.eye(size) - 1 / size, W - np.diag(np.diag(W))
    M, noise = P @ ((1 - epsilon) * np.eye(size) + epsilon * W), epsilon * P @ N
    right = noise @ np.diag(variances) @ noise.T
    S = np.linalg.solve(np.eye(size**2) - np.kron(M, M), right.ravel()).reshape(size, size)
    return np.trace(S) / size


village = int(np.argmin([leftover(W, np.where(np.arange(n) == i, 0.1, 0.49), villages.epsilon) for i in range(n)]))
"""
        },
    ),
    Submission(
        "an integral over u, cut where it is narrow",
        {
            "q4a": """
from scipy.integrate import quad


def slowest(quantile, nodes):
    edges = np.concatenate([[0], np.geomspace(1e-7, 1, 400)])
    mass = -np.diff((1 - edges) ** nodes)
    middle = 1 - (1 - (1 - (1 - edges[:-1]) ** nodes) - mass / 2) ** (1 / nodes)
    parts = [np.mean(1 / quantile(np.linspace(a, b, 66)[1:-1])) for a, b in zip(edges, edges[1:])]
    return float(np.sum(mass * parts))


wait = 10 * villages.speeds.slowest(n)
"""
        },
    ),
    Submission(
        "batches by counting how often each sheet was drawn",
        {
            "q5a": """
def batch_gradients(X, sheets, sizes, rng):
    counts = np.array([rng.multinomial(k, np.full(sheets.shape[1], 1 / sheets.shape[1])) for k in sizes])
    some = np.asarray(sizes) > 0
    mean = np.einsum("im,imd->id", counts, sheets) / np.maximum(sizes, 1)[:, None]
    return np.where(some[:, None], X - mean, 0.0)
"""
        },
    ),
    Submission(
        "a run as a mean of words and sheets, in place",
        {
            "q5b": """
def quantimed(W, sheets, start, alpha, epsilon, deadline, width, bandwidth, V, rng):
    K = 2 ** (width - 1) - 1
    M = (1 - epsilon) * np.eye(len(W)) + epsilon * W
    grid = dq.quantizers.Grid(1 / K, start.size, 1.0)
    x, kept, clock = np.tile(start, (len(W), 1)), [np.tile(start, (len(W), 1))], [0.0]
    for speeds in V:
        sizes = np.array([int(round(s * deadline, 9)) for s in speeds])
        errors = np.array([dq.quantizers.quantize(grid, row, rng=rng) for row in x]) - x
        x = M @ x + epsilon * (W @ errors - np.diag(W)[:, None] * errors) - alpha * epsilon * batch_gradients(x, sheets, sizes, rng)
        kept.append(x)
        clock.append(clock[-1] + deadline + start.size * width / bandwidth)
    return np.array(kept), np.array(clock)
"""
        },
    ),
    Submission(
        "the mean models of all rounds, and the covariance of the nodes",
        {
            "q6b": """
def predicted_error(rounds, W, sheets, start, alpha, epsilon, sigma_sq, inverse_batch):
    size, t = len(W), np.asarray(rounds)
    M = (1 - epsilon - alpha * epsilon) * np.eye(size) + epsilon * W
    C, N = sheets.mean(axis=1), W - np.diag(np.diag(W))
    gamma_sq = ((sheets - C[:, None]) ** 2).sum(axis=2).mean(axis=1)
    fixed = np.linalg.solve(np.eye(size) - M, alpha * epsilon * C)
    rates, U = np.linalg.eigh(M)
    powers = rates ** t[..., None]
    X = fixed + U @ (powers[..., None] * (U.T @ (start - fixed)))
    noise = U.T @ (epsilon**2 * sigma_sq * N @ N.T + (alpha * epsilon) ** 2 * inverse_batch * np.diag(gamma_sq)) @ U
    spread = (np.diag(noise) * (1 - powers**2) / (1 - rates**2)).sum(axis=-1)
    return (((X - C.mean(axis=0)) ** 2).sum(axis=(-1, -2)) + spread) / size
"""
        },
    ),
    Submission(
        "a coarse search, then a fine one around the best",
        {
            "q7b": CHOICE.format(
                sigma_sq=SIGMA, inverse=INVERSE, exchange=EXCHANGE, bells="np.geomspace(1, 60, 60) / villages.slow"
            )
            + """
close_by = {bell: seconds_needed(bell, other) for bell in np.linspace(0.8 * one, 1.25 * one, 150) if bell * villages.slow >= 1}
best = min(close_by, key=close_by.get)
if close_by[best] < seconds:
    design, seconds = {"deadline": float(best), "width": other}, close_by[best]
"""
        },
    ),
]
