"""Checks a request's Sampling. Comparisons are written so that NaN is outside every range."""

from collections.abc import Iterable

from nemotron_vl.v1 import inference_pb2, model_pb2

from inference_server.errors import InvalidArgument
from inference_server.rpc.validation.ranges import check_count

_MAX_INT32 = 2**31 - 1

# Closed ranges of the scalar fields.
_RANGES: dict[str, tuple[float, float]] = {
    "max_tokens": (1, _MAX_INT32),
    "min_tokens": (0, _MAX_INT32),
    "temperature": (0.0, 100.0),
    "top_p": (0.0, 1.0),
    "top_k": (-1, _MAX_INT32),
    "min_p": (0.0, 1.0),
    "frequency_penalty": (-2.0, 2.0),
    "presence_penalty": (-2.0, 2.0),
    "repetition_penalty": (0.0, 100.0),
}
# Fields whose low end itself is not allowed.
_ABOVE_ZERO = ("repetition_penalty",)

_MAX_LOGIT_BIAS_VALUE = 100.0


def check_sampling(sampling: inference_pb2.Sampling, limits: model_pb2.Limits) -> None:
    """Raises InvalidArgument that names the first field at fault."""
    check_sampling_counts(sampling, limits)
    for name, (low, high) in _RANGES.items():
        if sampling.HasField(name):  # pyright: ignore[reportArgumentType]
            _check_scalar(name, getattr(sampling, name), low, high)
    if sampling.HasField("max_tokens") and sampling.min_tokens > sampling.max_tokens:
        most = f"max_tokens, which is {sampling.max_tokens}"
        _refuse("min_tokens", f"must be at most {most}, got {sampling.min_tokens}")
    if sampling.HasField("top_logprobs"):
        _check_scalar("top_logprobs", sampling.top_logprobs, 0, limits.max_top_logprobs)
    _check_stop(sampling.stop, limits)
    _check_ids("stop_token_ids", sampling.stop_token_ids, limits)
    _check_ids("logit_bias", sampling.logit_bias, limits)
    for bias in sampling.logit_bias.values():
        _check_scalar("logit_bias", bias, -_MAX_LOGIT_BIAS_VALUE, _MAX_LOGIT_BIAS_VALUE)


def check_sampling_counts(
    sampling: inference_pb2.Sampling, limits: model_pb2.Limits, *, path: str = ""
) -> None:
    """Raises InvalidArgument for the first list that is too long. `path` is the generation's."""
    for name, count, most in (
        ("stop", len(sampling.stop), limits.max_stop_strings),
        ("stop_token_ids", len(sampling.stop_token_ids), limits.max_stop_token_ids),
        ("logit_bias", len(sampling.logit_bias), limits.max_logit_bias),
    ):
        check_count(f"{path}sampling.{name}", count, most)


def _check_scalar(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high or (name in _ABOVE_ZERO and value == low):
        bounds = f"above {low:g}" if name in _ABOVE_ZERO else f"at least {low:g}"
        if high < _MAX_INT32:
            bounds += f" and at most {high:g}"
        _refuse(name, f"must be {bounds}, got {value:g}")


def _check_stop(stops: Iterable[str], limits: model_pb2.Limits) -> None:
    for index, stop in enumerate(stops):
        if not stop:
            _refuse(f"stop[{index}]", "must not be empty")
        if len(stop.encode()) > limits.max_stop_string_bytes:
            num_bytes = len(stop.encode())
            most = limits.max_stop_string_bytes
            _refuse(f"stop[{index}]", f"may have at most {most} bytes, got {num_bytes}")


def _check_ids(name: str, token_ids: Iterable[int], limits: model_pb2.Limits) -> None:
    for token_id in token_ids:
        if not 0 <= token_id < limits.vocab_size:
            _refuse(name, f"must have token ids from 0 to {limits.vocab_size - 1}, got {token_id}")


def _refuse(name: str, why: str) -> None:
    raise InvalidArgument(f"sampling.{name} {why}.", field=f"sampling.{name}")
