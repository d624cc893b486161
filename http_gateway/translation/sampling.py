"""How tokens are chosen: the fields that dialects share, to Sampling.

Ranges are for the server to check.
"""

from typing import Annotated

from nemotron_vl.v1 import inference_pb2
from pydantic import BeforeValidator

from http_gateway.errors import InvalidRequest
from http_gateway.translation.json_body import Body, Count, Int32, Seed
from http_gateway.translation.param_map import ParamMap

_SAME_NAME = (
    "max_tokens",
    "min_tokens",
    "temperature",
    "top_p",
    "seed",
    "frequency_penalty",
    "presence_penalty",
)
_ALSO_IN_NVEXT = ("top_k", "min_p", "repetition_penalty", "ignore_eos")


def _empty_to_none(value: object) -> object:
    """PHP writes an empty object as an empty list."""
    return None if value == [] else value


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


class SamplingBody(Body):
    """Fields of the OpenAI API and of vLLM, under the same names in several dialects."""

    max_tokens: Count = None
    min_tokens: Int32 | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: Int32 | None = None
    min_p: float | None = None
    seed: Seed | None = None
    frequency_penalty: float | None = None
    presence_penalty: float | None = None
    repetition_penalty: float | None = None
    stop: Annotated[list[str] | None, BeforeValidator(_as_list)] = None
    stop_token_ids: list[Int32] | None = None
    ignore_eos: bool | None = None
    include_stop_str_in_output: bool | None = None
    logit_bias: Annotated[dict[str, float] | None, BeforeValidator(_empty_to_none)] = None


class NvExtSampling(Body):
    """The fields of `nvext` that choose tokens."""

    ignore_eos: bool | None = None
    top_k: Int32 | None = None
    min_p: float | None = None
    repetition_penalty: float | None = None
    greed_sampling: bool | None = None


def write_sampling(
    sampling: inference_pb2.Sampling,
    body: SamplingBody,
    nvext: NvExtSampling | None,
    params: ParamMap,
) -> None:
    """Sets what the body sets and nothing else. The body wins over its `nvext`."""
    for name in _SAME_NAME:
        _set(sampling, name, getattr(body, name))
    for name in _ALSO_IN_NVEXT:
        value = getattr(body, name)
        if value is None and nvext:
            value = getattr(nvext, name)
            params.choose(f"sampling.{name}", f"nvext.{name}")
        _set(sampling, name, value)
    if nvext and nvext.greed_sampling:
        sampling.temperature = 0.0
    _set(sampling, "include_stop", body.include_stop_str_in_output)
    # An empty string would end every answer before it begins; nobody means that.
    sampling.stop.extend(stop for stop in body.stop or () if stop)
    sampling.stop_token_ids.extend(body.stop_token_ids or ())
    _write_logit_bias(sampling, body.logit_bias or {})


def _set(sampling: inference_pb2.Sampling, name: str, value: float | None) -> None:
    if value is not None:
        setattr(sampling, name, value)


def _write_logit_bias(sampling: inference_pb2.Sampling, bias_by_token: dict[str, float]) -> None:
    for token, bias in bias_by_token.items():
        if not (token.isascii() and token.isdecimal() and len(token) < 10):
            raise InvalidRequest("The keys of `logit_bias` must be token ids.", param="logit_bias")
        sampling.logit_bias[int(token)] = bias
