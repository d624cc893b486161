"""The time step of a recurrence in a kernel: as Recurrence.time_steps."""

import triton
import triton.language as tl


@triton.jit
def time_step(projected, bias, least, most):
    """softplus(projected + bias), clamped; precise to the last digits of float32."""
    x = projected.to(tl.float32) + bias
    grown = tl.exp(tl.minimum(x, 20.0))
    # Where 1 + grown would lose digits of grown, the logarithm's series is precise.
    series = grown * (1.0 - grown * (0.5 - grown * (1.0 / 3.0 - grown * 0.25)))
    softplus = tl.where(grown < 0.03125, series, tl.log(1.0 + grown))
    return tl.minimum(tl.maximum(tl.where(x > 20.0, x, softplus), least), most)
