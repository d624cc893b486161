"""How tokens are chosen: fields of the body to Sampling. Ranges are the server's to judge."""

from nemotron_vl.v1 import inference_pb2

from http_gateway.chat.body import ChatBody, NvExt
from http_gateway.errors import InvalidRequest
from http_gateway.translation.param_map import ParamMap

_SAME_NAME = (
    "min_tokens",
    "temperature",
    "top_p",
    "seed",
    "frequency_penalty",
    "presence_penalty",
)
_ALSO_IN_NVEXT = ("top_k", "min_p", "repetition_penalty", "ignore_eos")


def write_sampling(sampling: inference_pb2.Sampling, body: ChatBody, params: ParamMap) -> None:
    """Sets what the body sets and nothing else."""
    for name in _SAME_NAME:
        _set(sampling, name, getattr(body, name))
    if body.nvext:
        _write_nvext(sampling, body.nvext, params)
    for name in _ALSO_IN_NVEXT:
        if getattr(body, name) is not None:
            _set(sampling, name, getattr(body, name))
            params.record(f"sampling.{name}", name)
    _set(sampling, "max_tokens", body.max_tokens)
    if body.max_completion_tokens is not None:
        sampling.max_tokens = body.max_completion_tokens
        params.record("sampling.max_tokens", "max_completion_tokens")
    _set(sampling, "include_stop", body.include_stop_str_in_output)
    sampling.stop.extend(body.stop or ())
    sampling.stop_token_ids.extend(body.stop_token_ids or ())
    _write_logit_bias(sampling, body.logit_bias or {})
    _write_logprobs(sampling, body)


def _set(sampling: inference_pb2.Sampling, name: str, value: float | None) -> None:
    if value is not None:
        setattr(sampling, name, value)


def _write_nvext(sampling: inference_pb2.Sampling, nvext: NvExt, params: ParamMap) -> None:
    for name in _ALSO_IN_NVEXT:
        _set(sampling, name, getattr(nvext, name))
        params.record(f"sampling.{name}", f"nvext.{name}")
    if nvext.greed_sampling:
        sampling.temperature = 0.0


def _write_logit_bias(sampling: inference_pb2.Sampling, bias_by_token: dict[str, float]) -> None:
    for token, bias in bias_by_token.items():
        if not (token.isascii() and token.isdecimal() and len(token) < 10):
            raise InvalidRequest("The keys of `logit_bias` must be token ids.", param="logit_bias")
        sampling.logit_bias[int(token)] = bias


def _write_logprobs(sampling: inference_pb2.Sampling, body: ChatBody) -> None:
    if body.logprobs:
        sampling.top_logprobs = body.top_logprobs or 0
    elif body.top_logprobs:
        raise InvalidRequest("`top_logprobs` needs `logprobs` to be true.", param="top_logprobs")
