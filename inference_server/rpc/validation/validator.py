"""Checks a request against the served model's description, before any work is done on it.

What shows only once media are decoded or the prompt is built (pixels, tokens) is checked there.
"""

from nemotron_vl.v1 import inference_pb2, model_pb2

from inference_server.errors import InvalidArgument, ModelNotFound, PayloadTooLarge, quoted
from inference_server.prompt.text_bytes import text_bytes
from inference_server.rpc.validation.counts import check_counts
from inference_server.rpc.validation.media import check_media
from inference_server.rpc.validation.messages import check_messages
from inference_server.rpc.validation.model_names import ModelNames
from inference_server.rpc.validation.ranges import check_range, refuse_unsupported
from inference_server.rpc.validation.sampling import check_sampling
from inference_server.rpc.validation.tools import check_tools

_MAX_SALT_BYTES = 256


class Validator:
    """Checks requests against the limits and features that the model states."""

    def __init__(self, model: model_pb2.Model) -> None:
        self._model = model
        self._names = ModelNames(model)

    def check_model_name(self, name: str, *, field: str = "model") -> None:
        """Raises ModelNotFound for a name that does not mean the served model."""
        if name not in self._names:
            raise ModelNotFound(
                f"The model {quoted(name)} does not exist; this server serves "
                f"{self._model.name!r}.",
                field=field,
            )

    def check(self, generation: inference_pb2.Generation) -> None:
        """Raises a ServerError that names the first field at fault."""
        if generation.HasField("model"):
            self.check_model_name(generation.model)
        limits = self._model.limits
        check_counts(generation, limits)
        check_messages(generation.messages)
        check_media(generation, self._model)
        _check_text_bytes(generation, limits)
        check_sampling(generation.sampling, limits)
        check_tools(generation)
        self._check_features(generation)
        if generation.HasField("num_choices"):
            check_range("num_choices", generation.num_choices, 1, limits.max_choices)
        _check_salt(generation.cache_salt)

    def check_batch(self, request: inference_pb2.BatchGenerateRequest) -> None:
        """Checks the number of items and the size of what they share.

        Each item is checked when its turn comes.
        """
        check_range("items", len(request.items), 1, self._model.limits.max_batch_items)
        self.check_defaults(request.defaults)

    def check_defaults(self, defaults: inference_pb2.Generation) -> None:
        """Checks the length of every list, as each item gets a copy of it."""
        check_counts(defaults, self._model.limits, path="defaults.")

    def _check_features(self, generation: inference_pb2.Generation) -> None:
        constraint = generation.response_format.WhichOneof("constraint")
        if constraint is not None and not self._model.features.response_format:
            refuse_unsupported(f"response_format.{constraint}")
        if generation.HasField("max_thinking_tokens"):
            refuse_unsupported("max_thinking_tokens")


def _check_salt(salt: str) -> None:
    num_bytes = len(salt.encode())
    if num_bytes > _MAX_SALT_BYTES:
        raise InvalidArgument(
            f"cache_salt has {num_bytes} bytes; at most {_MAX_SALT_BYTES} are allowed.",
            field="cache_salt",
        )


def _check_text_bytes(generation: inference_pb2.Generation, limits: model_pb2.Limits) -> None:
    num_bytes = text_bytes(generation)
    if num_bytes > limits.max_text_bytes:
        raise PayloadTooLarge(
            f"The text of messages and tools has {num_bytes} bytes; at most "
            f"{limits.max_text_bytes} are allowed.",
            field="messages",
        )
