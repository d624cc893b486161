"""Translates the contract's Sampling to the engine's. Every value has been checked before."""

import secrets

from nemotron_vl.v1.inference_pb2 import Sampling as WireSampling
from nemotron_vl.v1.model_pb2 import Defaults

from inference_server.engine.types import Sampling


def build_sampling(sampling: WireSampling, *, room: int, defaults: Defaults) -> Sampling:
    """Fills in the defaults. max_tokens is at most `room`, what the prompt leaves."""
    filled = WireSampling(
        max_tokens=room,
        temperature=defaults.temperature,
        top_p=defaults.top_p,
        top_k=defaults.top_k,
        seed=secrets.randbits(63),
        repetition_penalty=1.0,
    )
    filled.MergeFrom(sampling)
    own_stops = () if filled.ignore_eos else defaults.eos_token_ids
    # As the contract has it, a top_p of 0 keeps the likeliest token: the greedy choice.
    is_greedy = filled.top_p == 0
    return Sampling(
        max_tokens=min(filled.max_tokens, room),
        min_tokens=filled.min_tokens,
        temperature=0.0 if is_greedy else filled.temperature,
        top_p=1.0 if is_greedy else filled.top_p,
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
