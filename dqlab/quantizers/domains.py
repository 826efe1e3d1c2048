"""What a quantizer takes: the domain of its inputs, and the scales at which it has room for its arithmetic."""

import numpy as np

from .. import _checks
from .._generic import generic


@generic
def inside(quantizer, u, scale=1.0):
    """Whether `u` lies in the quantizer's domain at this scale (all finite vectors do, unless the class says otherwise).

    Examples
    --------
    >>> import dqlab as dq
    >>> q = dq.quantizers.UniformScalar(levels=4, dim=2)
    >>> dq.quantizers.inside(q, [0.5, -1.5]), dq.quantizers.inside(q, [0.5, -1.5], scale=2.0)
    (False, True)
    """
    u = _checks.vector(u, "u", quantizer.dim, finite=False)
    return bool(inside.kernel(quantizer)(quantizer, u, scale_for(quantizer, scale, u.dtype.type)))


@inside.register(object)
def _finite(quantizer, u, scale):
    return np.isfinite(u).all()


@generic
def overflows(quantizer, u, scale=1.0):
    """Whether `u` is past all that codes can say: outside the domain, or for schemes that send overflow, past the last range.

    What a run counts, so that nothing is lost silently.

    Examples
    --------
    >>> import dqlab as dq
    >>> q = dq.quantizers.AGUQ(bound=1.0, ranges=3, levels=7)
    >>> dq.quantizers.overflows(q, [1.5]), dq.quantizers.overflows(q, [2.5])
    (False, True)
    """
    u = _checks.vector(u, "u", quantizer.dim, finite=False)
    return bool(overflows.kernel(quantizer)(quantizer, u, scale_for(quantizer, scale, u.dtype.type)))


@overflows.register(object)
def _outside(quantizer, u, scale):
    return not inside(quantizer, u, scale)


@generic
def domain(quantizer):
    """The ball that inputs must lie in at scale 1: (order of its norm, bound), or None where the class does not say.

    What messages about inputs outside speak of. The kernel that decides is that of ``inside``.

    Examples
    --------
    >>> import dqlab as dq
    >>> dq.quantizers.domain(dq.quantizers.SimQ(bound=2.0, dim=3))
    (1, 2.0)
    """
    return domain.kernel(quantizer)(quantizer)


@domain.register(object, compiled=False)
def _unknown(quantizer):
    return None


@generic
def room(quantizer):
    """The largest number that the quantizer's arithmetic must hold at scale 1: the bound of its domain, or what the class says.

    Examples
    --------
    >>> import dqlab as dq
    >>> dq.quantizers.room(dq.quantizers.SimQ(bound=2.0, dim=3))
    2.0
    """
    return room.kernel(quantizer)(quantizer)


@room.register(object, compiled=False)
def _bound(quantizer):
    return None if domain(quantizer) is None else domain(quantizer)[1]


def excess(quantizer, u, scale):
    """How far out of the domain `u` is, in words."""
    if domain(quantizer) is None:
        return f"its coordinates go from {u.min():g} to {u.max():g}"
    order, bound = domain(quantizer)
    with np.errstate(over="ignore"):
        norm = np.linalg.norm(u.astype(np.float64), order)
    return f"its l_{order:g} norm is {norm:.10g}, the bound is {bound * float(scale):.10g}"


def scale_for(quantizer, scale, dtype):
    """The checked scale, and room for the largest number of the quantizer at that scale, too."""
    scale, bound = checked_scale(scale, dtype), room(quantizer)
    if bound is not None:
        limits = np.finfo(dtype)
        if not float(limits.tiny) * 2**30 <= bound * float(scale) <= float(limits.max):
            raise ValueError(f"scale: no room in {limits.dtype} for the bound {bound:g} at scale {scale:g}")
    return scale


def checked_scale(scale, dtype):
    """A scale as a number of `dtype`, with room for the arithmetic of the finest cells on either side."""
    number, limits = _checks.positive(scale, "scale"), np.finfo(dtype)
    least, most = float(limits.tiny) * 2**30, float(limits.max) / 2
    if not least <= number <= most:
        raise ValueError(f"scale: expected {least:.0e} to {most:.0e} in {limits.dtype}, got {scale!r}")
    return dtype(number)


def with_slack(scale):
    """`scale`, widened by what rounding may carry an input past its range."""
    return scale * scale.dtype.type(1 + (1e-12 if scale.dtype == np.float64 else 1e-6))
