"""The comparisons that several checks share."""

from typing import NoReturn

from inference_server.errors import InvalidArgument, PayloadTooLarge, Unsupported


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


def check_data(data: bytes, max_bytes: int, field: str) -> None:
    """Raises a ServerError for a file that is empty or has more than `max_bytes`."""
    if not data:
        raise InvalidArgument("The file is empty.", field=field)
    if len(data) > max_bytes:
        raise PayloadTooLarge(
            f"The file has {len(data)} bytes; at most {max_bytes} are allowed.", field=field
        )


def refuse_unsupported(field: str) -> NoReturn:
    """Raises Unsupported for a field that this server does not honor."""
    raise Unsupported(f"This server does not support {field} yet.", field=field)
