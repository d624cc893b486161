"""The distance of a computed tensor from the expected one."""

from torch import Tensor


def relative_error(actual: Tensor, expected: Tensor) -> float:
    """The norm of the difference, relative to that of `expected`.

    NaN where anything is NaN, which is not below any bound.
    """
    difference = actual.double() - expected.double()
    return (difference.norm() / expected.double().norm()).item()
