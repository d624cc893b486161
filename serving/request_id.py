"""The one rule for request ids. An id labels a request in logs; two requests may carry the same."""

import re
import uuid

REQUEST_ID_HEADER = "x-request-id"

# All of these are safe in a header and in a log line. UUIDs, base64 and ARNs need no other.
_VALID = re.compile(r"[A-Za-z0-9._:/+=@-]{1,128}")


def choose_request_id(given: str) -> str:
    """The caller's id, if it is valid, otherwise a new one. Never a part of the caller's."""
    return given if _VALID.fullmatch(given) else new_request_id()


def new_request_id() -> str:
    """A random id."""
    return uuid.uuid4().hex
