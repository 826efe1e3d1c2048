"""How far the outputs of an unbiased quantizer lie from its inputs: sigma**2 of Assumption 2 of Reisizadeh et al.

A class whose output has the mean of its input says it in three lines:

    @variance_bound.register(MyScheme, compiled=False)
    def _variance_bound(quantizer):
        return ...  # at least E|Q(x) - x|**2 for every x of the domain

A quantizer that is biased, as every deterministic one, has no entry: Assumption 2 does not hold for it at any sigma.
"""

import math

from .._generic import generic
from .coordinate_uniform import CoordinateUniform
from .decimal_grid import Grid
from .identity import Identity
from .low_precision import LowPrecision
from .moments import second_moment_bound
from .ratq import RATQ
from .simq import SimQ
from .simq_plus import SimQPlus
from .subsampled_ratq import SubsampledRATQ
from .tower_ranges import squared_range


@generic
def variance_bound(quantizer):
    """sigma**2 of Assumption 2: a bound on E|Q(x) - x|**2 over all x of the domain, at scale 1.

    Parameters
    ----------
    quantizer : a registered quantizer

    Returns
    -------
    float
        Infinity where the noise grows with the input and the domain has no end, as that of ``LowPrecision`` does.

    Raises
    ------
    TypeError
        For a quantizer that is biased, or does not say.

    Examples
    --------
    >>> import dqlab as dq
    >>> dq.quantizers.variance_bound(dq.quantizers.Grid(spacing=0.5, dim=16, bound=1.0))
    1.0
    >>> dq.quantizers.variance_bound(dq.quantizers.LowPrecision(levels=5, dim=16))
    inf
    """
    return float(_entry(variance_bound, quantizer)(quantizer))


@generic
def relative_variance(quantizer):
    """omega: a bound on E|Q(x) - x|**2 / |x|**2 over all x but 0. Then Q / (1 + omega) is a contraction, with share 1 / (1 + omega).

    Raises
    ------
    TypeError
        For a quantizer that is biased, or whose noise does not vanish with its input, as that of a grid.

    Examples
    --------
    >>> import dqlab as dq
    >>> round(dq.quantizers.relative_variance(dq.quantizers.LowPrecision(levels=5, dim=25)), 5)
    0.25
    """
    return float(_entry(relative_variance, quantizer)(quantizer))


def _entry(verb, quantizer):
    """The kernel, or why there is none."""
    if not verb.has(quantizer):
        raise TypeError(
            f"{verb.__name__}: {type(quantizer).__name__} has none: it is biased, as every deterministic quantizer is, or its bound is not known. "
            f"Unbiased with a bound: {', '.join(sorted(cls.__name__ for cls in verb.classes))}. "
            f"Remedy: one of these, or @{verb.__name__}.register({type(quantizer).__name__}, compiled=False)"
        )
    return verb.kernel(quantizer)


@variance_bound.register(Identity, compiled=False)
@relative_variance.register(Identity, compiled=False)
def _exact(quantizer):
    return 0.0


@variance_bound.register(Grid, compiled=False)
def _grid(quantizer):
    """f (1 - f) spacing**2 a coordinate, largest in the middle of two points: attained."""
    farthest = min(0.5 * quantizer.spacing, quantizer.bound)
    return quantizer.dim * farthest * (quantizer.spacing - farthest)


@variance_bound.register(CoordinateUniform, compiled=False)
def _uniform(quantizer):
    """A quarter of a step squared a coordinate: Lemma 5.1 of Mayekar and Tyagi, attained."""
    return quantizer.dim * (quantizer.bound / (quantizer.levels - 1)) ** 2


@variance_bound.register(SimQ, compiled=False)
def _corner(quantizer):
    """B |x|_1 - |x|_2**2 is largest at the centre of a face (in one dimension, half way to it): attained."""
    return quantizer.bound**2 * (1 - 1 / quantizer.dim if quantizer.dim > 1 else 0.25)


@variance_bound.register(SimQPlus, compiled=False)
def _mean_of_corners(quantizer):
    """The mean of k independent draws has a k-th of the variance."""
    return _corner(quantizer) / quantizer.repeats


@variance_bound.register(RATQ, compiled=False)
def _rotated(quantizer):
    """B**2 (8.184 + 2 ln s) / (k - 1)**2."""
    return quantizer.bound**2 * squared_range(quantizer.block) / (quantizer.levels - 1) ** 2


@variance_bound.register(SubsampledRATQ, compiled=False)
def _sampled(quantizer):
    """E|Q|**2 - |x|**2 is at most the bound on E|Q|**2 at |x| = B, less B**2, since both grow with |x|."""
    return second_moment_bound(quantizer) - quantizer.bound**2


@variance_bound.register(LowPrecision, compiled=False)
def _unbounded(quantizer):
    """Proportional to |x|**2, of which there is no bound: Assumption 2 fails."""
    return math.inf


@relative_variance.register(LowPrecision, compiled=False)
def _low_precision(quantizer):
    """The bound on E|Q|**2 / |x|**2 less 1: sqrt(d) / s - 1 for s <= sqrt(d) / 2, else d / (2 s)**2."""
    return second_moment_bound(quantizer, 1.0, 2.0, 2.0) - 1
