"""Translates the contract's Sampling to the engine's. Every value has been checked before."""

import secrets

from nemotron_vl.v1.inference_pb2 import Sampling as WireSampling
from nemotron_vl.v1.model_pb2 import Defaults

from inference_server.engine.types import Sampling


def build_sampling(
    sampling: WireSampling, *, room: int, eos_id: int, defaults: Defaults
) -> Sampling:
    """Fills in the defaults. max_tokens is `room`, what the prompt leaves, unless it is set."""
    filled = WireSampling(
        max_tokens=room,
        temperature=defaults.temperature,
        top_p=defaults.top_p,
        top_k=defaults.top_k,
        seed=secrets.randbits(63),
        repetition_penalty=1.0,
    )
    filled.MergeFrom(sampling)
    own_stops = () if filled.ignore_eos else (eos_id,)
    return Sampling(
        max_tokens=filled.max_tokens,
        min_tokens=filled.min_tokens,
        temperature=filled.temperature,
        top_p=filled.top_p,
        top_k=max(filled.top_k, 0),
        min_p=filled.min_p,
        seed=filled.seed,
        frequency_penalty=filled.frequency_penalty,
        presence_penalty=filled.presence_penalty,
        repetition_penalty=filled.repetition_penalty,
        stop_token_ids=frozenset((*filled.stop_token_ids, *own_stops)),
        logit_bias=tuple(sorted(filled.logit_bias.items())),
        top_logprobs=filled.top_logprobs if filled.HasField("top_logprobs") else None,
    )
