"""The comparisons that several checks share."""

from typing import NoReturn

from inference_server.errors import InvalidArgument, Unsupported


def check_count(field: str, count: int, most: int) -> None:
    """Raises InvalidArgument for more than `most` entries."""
    if count > most:
        raise InvalidArgument(
            f"{field} has {count} entries; at most {most} are allowed.", field=field
        )


def check_range(field: str, value: int, low: int, high: int) -> None:
    """Raises InvalidArgument for a value outside the closed range."""
    if not low <= value <= high:
        raise InvalidArgument(f"{field} must be from {low} to {high}, got {value}.", field=field)


def refuse_unsupported(field: str) -> NoReturn:
    """Raises Unsupported for a field that this server does not honor."""
    raise Unsupported(f"This server does not support {field} yet.", field=field)
