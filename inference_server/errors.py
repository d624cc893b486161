"""The errors that reach a caller, each with the name of its gRPC status code.

ServerError
├── InvalidArgument            INVALID_ARGUMENT    names the field at fault
│   ├── ContextLengthExceeded
│   └── Unsupported            UNIMPLEMENTED       names the field that asks for it
├── ModelNotFound              NOT_FOUND
├── PayloadTooLarge            RESOURCE_EXHAUSTED  names the field at fault
├── Overloaded                 RESOURCE_EXHAUSTED  says when to retry
├── NotServing                 UNAVAILABLE         loading, draining
├── SlowReader                 ABORTED             the caller does not read its answer
├── SlowSender                 ABORTED             the caller does not send its request
├── Idle                       ABORTED             the caller keeps a call open for nothing
└── EngineFailed               INTERNAL            the engine, or this one request in it
"""

# Characters of a caller's text that an error repeats.
_MAX_QUOTED = 200


def quoted(text: str) -> str:
    """A caller's text in quotes, escaped and cut, for an error to repeat."""
    shown = repr(text[:_MAX_QUOTED])
    is_whole = len(text) <= _MAX_QUOTED and len(shown) <= _MAX_QUOTED + 2
    return shown if is_whole else f"{shown[: _MAX_QUOTED + 1]}...{shown[0]}"


class ServerError(Exception):
    """An error that reaches the caller as a status.

    `code` is the name of a grpc.StatusCode, `reason` the reason of a google.rpc.ErrorInfo. `field`
    is a path within the Generation, such as `messages[0].parts[1].image.data`, or within the
    request if it has no Generation.
    """

    code = "INTERNAL"
    reason = "INTERNAL"

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class InvalidArgument(ServerError):
    code = "INVALID_ARGUMENT"
    reason = "INVALID_ARGUMENT"


class ContextLengthExceeded(InvalidArgument):
    reason = "CONTEXT_LENGTH_EXCEEDED"


class Unsupported(InvalidArgument):
    code = "UNIMPLEMENTED"
    reason = "UNSUPPORTED"


class ModelNotFound(ServerError):
    code = "NOT_FOUND"
    reason = "MODEL_NOT_FOUND"


class PayloadTooLarge(ServerError):
    code = "RESOURCE_EXHAUSTED"
    reason = "PAYLOAD_TOO_LARGE"


class Overloaded(ServerError):
    code = "RESOURCE_EXHAUSTED"
    reason = "OVERLOADED"

    def __init__(self, message: str, *, retry_after_s: float = 1.0) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class NotServing(ServerError):
    code = "UNAVAILABLE"
    reason = "NOT_SERVING"


class SlowReader(ServerError):
    code = "ABORTED"
    reason = "SLOW_READER"


class SlowSender(ServerError):
    code = "ABORTED"
    reason = "SLOW_SENDER"


class Idle(ServerError):
    code = "ABORTED"
    reason = "IDLE"


class EngineFailed(ServerError):
    reason = "ENGINE_FAILED"
