"""How far what was computed is from what was expected."""

from torch import Tensor


def relative_error(actual: Tensor, expected: Tensor) -> float:
    """Of the norms. NaN where anything is NaN, which is not below any bound."""
    difference = actual.double() - expected.double()
    return (difference.norm() / expected.double().norm()).item()
