"""The problems of the challenge: known minimisers, noisy gradients that never exceed a bound, and five kinds of geometry."""

from typing import NamedTuple

import numpy as np

from ... import _checks
from ...streams import stream

PUBLIC_SEED = 2026
RADIUS = 1.0
DISTANCE = 0.5  # from the starting point, 0, to the minimiser


class Task(NamedTuple):
    """Minimise f(x) = unit / 2 (x - x*)' H (x - x*) over the ball |x|_2 <= 1 from noisy gradients; ``tasks`` makes them.

    Parameters
    ----------
    name : str
    minimiser : ndarray of float64, shape (d,)
        x*, at distance 1/2 from the starting point 0.
    hessian : ndarray of float64, shape (d, d), (d,) or ()
        H: a matrix, its diagonal or a number.
    noise : str
        "sphere", "heavy", "shaped" or "sampled": what disturbs a gradient.
    unit : float
        Multiplies f and its gradients: nobody may count on a bound of 1.
    bound : float
        B: every answer of the oracle has |g|_2 <= B.
    repeats : int
        How many independent runs are averaged.
    """

    name: str
    minimiser: np.ndarray
    hessian: np.ndarray
    noise: str
    unit: float
    bound: float
    repeats: int

    @property
    def dim(self):
        """d."""
        return self.minimiser.size


def tasks(seed=PUBLIC_SEED):
    """The five problems of a seed.

    Parameters
    ----------
    seed : int
        Students' runs use the public one, an instructor's a secret one: other minimisers, dimensions and units.

    Returns
    -------
    list of Task
        "dense" (rotated quadratic, d about 48), "heavy" (the same with heavy-tailed noise, d about 96), "sparse" (few coordinates
        at a time, d about 256), "tiny" (d = 2 or 3) and "large" (d about 1024, coordinates that fade).

    Examples
    --------
    >>> from dqlab.coursework import challenge
    >>> [task.name for task in challenge.tasks()]
    ['dense', 'heavy', 'sparse', 'tiny', 'large']
    """
    seed = _checks.integer(seed, "seed", 0)
    return [make(stream(seed, "challenge", name)) for name, make in MAKERS.items()]


def gap(task, x):
    """f(x) - min f.

    Examples
    --------
    >>> from dqlab.coursework import challenge
    >>> task = challenge.tasks()[0]
    >>> challenge.gap(task, task.minimiser)
    0.0
    """
    away = x - task.minimiser
    return float(0.5 * task.unit * away @ _times(task.hessian, away))


def answer(task, x, rng):
    """One noisy gradient at x, with |g|_2 <= task.bound and the gradient as its mean.

    Examples
    --------
    >>> import numpy as np
    >>> import dqlab as dq
    >>> from dqlab.coursework import challenge
    >>> task = challenge.tasks()[0]
    >>> bool(np.linalg.norm(challenge.answer(task, np.zeros(task.dim), dq.stream(0, "oracle"))) <= task.bound)
    True
    """
    gradient = _times(task.hessian, x - task.minimiser)
    return task.unit * NOISES[task.noise](gradient, rng)


def _times(hessian, vector):
    return hessian @ vector if hessian.ndim == 2 else hessian * vector


def _sphere(gradient, rng, length=0.5):
    noise = rng.standard_normal(gradient.size)
    return gradient + noise * (length / np.linalg.norm(noise))


def _heavy(gradient, rng):
    """A Pareto length with index 3/2, cut at 5: its direction is uniform, so the mean stays."""
    return _sphere(gradient, rng, min(0.1 * rng.pareto(1.5), 5.0))


def _shaped(gradient, rng):
    """Noise that fades as the coordinates do: 1, 1/2, 1/3, ... with random signs."""
    noise = rng.choice([-1.0, 1.0], gradient.size) / np.arange(1, gradient.size + 1)
    return gradient + 0.5 / np.linalg.norm(noise) * noise


def _sampled(gradient, rng):
    """A 16th of the coordinates, chosen at random and scaled up."""
    few = max(1, gradient.size // 16)
    chosen = rng.choice(gradient.size, few, replace=False)
    sparse = np.zeros_like(gradient)
    sparse[chosen] = gradient[chosen] * (gradient.size / few)
    return sparse


NOISES = {"sphere": _sphere, "heavy": _heavy, "shaped": _shaped, "sampled": _sampled}


def _minimiser(shape):
    return shape * (DISTANCE / np.linalg.norm(shape))


def _about(dim, rng):
    return int(rng.integers(dim - dim // 12, dim + dim // 12 + 1))


def _unit(rng):
    return float(10 ** rng.uniform(-2, 2))


def _rotated(dim, rng):
    basis = np.linalg.qr(rng.standard_normal((dim, dim)))[0]
    return (basis * np.geomspace(1.0, 0.1, dim)) @ basis.T


def _rotated_task(name, dim, noise, longest, repeats, rng):
    unit = _unit(rng)
    reach = RADIUS + DISTANCE
    return Task(
        name, _minimiser(rng.standard_normal(dim)), _rotated(dim, rng), noise, unit, unit * (reach + longest), repeats
    )


def _dense(rng):
    return _rotated_task("dense", _about(48, rng), "sphere", 0.5, 3, rng)


def _heavy_tailed(rng):
    return _rotated_task("heavy", _about(96, rng), "heavy", 5.0, 4, rng)


def _tiny(rng):
    return _rotated_task("tiny", int(rng.integers(2, 4)), "sphere", 0.5, 12, rng)


def _sparse(rng):
    dim, unit = _about(256, rng), _unit(rng)
    curvature = rng.uniform(0.3, 1.0, dim)
    scaled_up = dim / max(1, dim // 16)
    bound = unit * scaled_up * (RADIUS + DISTANCE)
    return Task("sparse", _minimiser(rng.standard_normal(dim)), curvature, "sampled", unit, bound, 1)


def _large(rng):
    dim, unit = _about(1024, rng), _unit(rng)
    fading = rng.choice([-1.0, 1.0], dim) / np.arange(1, dim + 1)
    return Task("large", _minimiser(fading), np.array(1.0), "shaped", unit, unit * (RADIUS + DISTANCE + 0.5), 1)


MAKERS = {"dense": _dense, "heavy": _heavy_tailed, "sparse": _sparse, "tiny": _tiny, "large": _large}
