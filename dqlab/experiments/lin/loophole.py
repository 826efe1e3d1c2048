"""A member of the class A_GD of Lin, Kostina and Hassibi that is faster than gradient descent: the worker dictates x*.

Definition IV.1 lets the worker, who knows f, add any combination of past quantization errors to its gradient. Once they
span the space, it may send what it likes.
"""

from typing import NamedTuple

import numpy as np

from ... import _checks
from ...problems import gradient
from ...quantizers import Codebook, UniformScalar, covering_radius, quantize
from ...streams import stream
from ...theory import lin as theory


class Path(NamedTuple):
    """What a scheme did: x^_0, ..., x^_T and, for every step, z_t, u_t, e_t and r_t."""

    iterates: np.ndarray
    access: np.ndarray
    inputs: np.ndarray
    errors: np.ndarray
    ranges: np.ndarray


def dictation(problem, levels, steps, x0=0.0, D=1.0):
    """A member of the class A_GD on the line that contracts by 2**-R whatever kappa is: the worker dictates x*.

    Definition IV.1 lets the worker add any multiple of past errors to its gradient, and it knows f. On the line one error
    other than 0 spans everything, so from step 2 on the input can be u_t = (x^_t - x*) / eta: the digits of x*. The ranges
    are fixed in advance; r_1 is so large that the errors of steps 0 and 1 cannot both be 0.

    Parameters
    ----------
    problem : a problem of dimension 1
    levels : int
        An even number of cells; R = log2(levels).
    steps : int
    x0, D : float
        |x0 - x*| <= D.

    Returns
    -------
    Path
        With |x^_t - x*| <= eta r_t for t >= 2, and r_{t+1} = r_t / levels.

    Examples
    --------
    >>> from dqlab.experiments import lin
    >>> problem = lin.quadratic([0.3], L=100.0, mu=1.0)
    >>> path = lin.dictation(problem, levels=4, steps=12)
    >>> bool(abs(path.iterates[12, 0] - 0.3) < 4.0**-9)
    True
    """
    levels, steps = _checks.integer(levels, "levels", 2), _checks.integer(steps, "steps", 2)
    if problem.dim != 1 or levels % 2:
        raise ValueError(f"problem, levels: expected dimension 1 and an even number, got {problem.dim} and {levels}")
    quantizer, eta = UniformScalar(levels, 1), theory.gd_stepsize(problem.L, problem.mu)
    ranges = _dictated_ranges(problem, levels, steps, eta, D)
    x, z, u, e = np.full((steps + 1, 1), float(x0)), *(np.zeros((steps, 1)) for _ in range(3))
    for t in range(steps):
        free = e[:t].any()  # a past error other than 0: its span is the line
        z[t] = x[t]
        u[t] = (x[t] - problem.minimiser) / eta if free else gradient(problem, z[t])
        q = quantize(quantizer, u[t], ranges[t], outside="clip")  # rounding may carry an input just past its range
        e[t], x[t + 1] = q - u[t], x[t] - eta * q
    return Path(x, z, u, e, ranges)


def _dictated_ranges(problem, levels, steps, eta, D):
    sigma, L = theory.gd_contraction_factor(problem.kappa), problem.L
    first = L * D
    near = sigma * D + eta * first / levels  # |x_1 - x*| at most
    second = 1.01 * max(sigma * (levels - 1) * first, near / eta)
    rest = max(second / levels, near / eta) * float(levels) ** -np.arange(steps - 2)
    return np.concatenate([[first, second], rest])


def dictation_in_space(problem, codebook, steps, D=1.0, seed=0):
    """The same in n dimensions: a member of A_GD that contracts by rho_n 2**-R, for codebooks in general position.

    Steps 0 and 1 leave an error other than 0, as on the line. Each of the next n steps sends an input from the flat
    grad f(z_t) + span(errors) whose reproduction point is not in that flat: its error is a new direction. Then the errors
    span the space, and every further message is the next digit of x*.

    A flat of d < n dimensions holds d + 1 points at most, if the points are in general position; but that few balls of
    radius rho' r_t cannot cover its part in B(r_t) where rho' < sqrt(3) / 4. So some input of the flat goes elsewhere.

    Parameters
    ----------
    problem : a problem of dimension n
    codebook : dqlab.quantizers.Codebook
        In general position, no point at 0, of covering radius rho' < sqrt(3) / 4.
    steps : int
        More than n + 2.
    D : float
        |x*| <= D; the start is 0.
    seed : int
        Of the search for inputs in the flat.

    Returns
    -------
    Path
        With |x^_t - x*| <= eta r_t for t >= n + 2, and r_{t+1} = rho' r_t from there on.

    Examples
    --------
    >>> from dqlab.experiments import lin
    >>> codebook = lin.in_general_position(61, dim=2)
    >>> path = lin.dictation_in_space(lin.quadratic([0.3, -0.5], L=100.0, mu=1.0), codebook, steps=20)
    >>> bool(np.linalg.norm(path.iterates[20] - [0.3, -0.5]) < 1e-6)
    True
    """
    if not isinstance(codebook, Codebook) or codebook.dim != problem.dim:
        raise ValueError(f"codebook: expected a Codebook of dimension {problem.dim}, got {type(codebook).__name__}")
    n, eta, rho = problem.dim, theory.gd_stepsize(problem.L, problem.mu), covering_radius(codebook)
    sizes = np.linalg.norm(codebook.points, axis=1)
    if sizes.min() == 0 or rho >= np.sqrt(3) / 4:
        raise ValueError(f"codebook: expected no point at 0 and covering radius < {np.sqrt(3) / 4:.3f}, got {rho:.3f}")
    ranges = _ranges_in_space(problem, sizes, rho, _checks.integer(steps, "steps", n + 3), eta, D)
    x, z, u, e = np.zeros((steps + 1, n)), *(np.zeros((steps, n)) for _ in range(3))
    rng = stream(seed, "flat")
    for t in range(steps):
        z[t] = x[t]
        basis = _directions(e[:t], ranges[:t])
        if len(basis) == n:
            u[t] = (x[t] - problem.minimiser) / eta
        else:
            u[t] = _out_of_the_flat(codebook, gradient(problem, z[t]), basis, ranges[t], rng)
        q = quantize(codebook, u[t], ranges[t], outside="clip")  # rounding may carry an input just past its range
        e[t], x[t + 1] = q - u[t], x[t] - eta * q
    return Path(x, z, u, e, ranges)


def in_general_position(count, dim, seed=0):
    """A codebook for `dictation_in_space`: a hexagonal (dim 2) or cubic arrangement, each point moved a little at random.

    Examples
    --------
    >>> from dqlab.experiments import lin
    >>> bool(lin.in_general_position(61, dim=2).covering_radius < 0.2)
    True
    """
    count, dim = _checks.integer(count, "count", 2), _checks.integer(dim, "dim", 1)
    if dim == 2:
        points = Codebook.hexagonal(count).points
    else:
        side = int(np.ceil(count ** (1 / dim)))
        line = (2 * np.arange(side) + 1 - side) / side
        points = np.stack(np.meshgrid(*[line] * dim), axis=-1).reshape(-1, dim)
    return Codebook(points + 0.02 / count ** (1 / dim) * stream(seed, "general position").standard_normal(points.shape))


def _ranges_in_space(problem, sizes, rho, steps, eta, D):
    """Ranges fixed in advance, from bounds on |x^_t - x*| that hold whatever is sent."""
    L, n, sigma = problem.L, problem.dim, theory.gd_contraction_factor(problem.kappa)
    ranges = [L * D]
    away = sigma * D + eta * rho * ranges[0]
    exact = (
        problem.kappa * sigma * ranges[0] * sizes.max() / sizes.min()
    )  # what a gradient after an exact one may reach
    for t in range(1, n + 2):
        ranges.append(max(2 * L * away, 1.01 * exact if t == 1 else 0.0))
        away += eta * sizes.max() * ranges[-1]
    return np.concatenate([ranges, away / eta * rho ** np.arange(steps - n - 2)])


def _directions(errors, ranges):
    """An orthonormal basis of the span of the errors; what rounding leaves of an exact message is no error."""
    lengths = np.linalg.norm(errors, axis=1)
    true = lengths > 1e-9 * ranges
    if not true.any():
        return np.zeros((0, errors.shape[1]))
    _, singular, right = np.linalg.svd(errors[true] / lengths[true, None], full_matrices=False)
    return right[singular > 1e-7]


def _out_of_the_flat(codebook, slope, basis, r, rng, tries=60):
    """The input in the flat slope + span(basis), no longer than r, whose reproduction point is farthest from the flat."""
    best, farthest = slope, -1.0
    foot = slope - basis.T @ (basis @ slope)
    reach = np.sqrt(max(r**2 - foot @ foot, 0.0))
    for _ in range(tries if len(basis) else 1):
        w = rng.standard_normal(len(basis))
        w *= 0.999 * reach * rng.random() / max(np.linalg.norm(w), 1e-300)
        u = foot + basis.T @ w if len(basis) else slope
        beside = quantize(codebook, u, r, outside="clip") - foot
        distance = np.linalg.norm(beside - basis.T @ (basis @ beside))
        if distance > farthest:
            best, farthest = u, distance
    return best
