"""How far a kernel is from its reference."""

from torch import Tensor


def relative_error(actual: Tensor, expected: Tensor) -> float:
    """NaN where anything is NaN, which is not below any bound."""
    difference = actual.double() - expected.double()
    return (difference.norm() / expected.double().norm()).item()
