"""Sampling of the contract to Sampling of the engine: defaults filled in, lengths made to fit.

Ranges are the validator's; here is what depends on the prompt's length.
"""

import secrets

from nemotron_vl.v1.inference_pb2 import Sampling as WireSampling
from nemotron_vl.v1.model_pb2 import Defaults

from inference_server.engine.types import Sampling
from inference_server.errors import ContextLengthExceeded


def room_after(num_prompt_tokens: int, *, num_video_tokens: int, max_model_len: int) -> int:
    """How many tokens the context leaves for the answer. Raises ContextLengthExceeded for none.

    num_video_tokens are those of the prompt that are videos', who can have fewer.
    """
    if num_prompt_tokens >= max_model_len:
        message = (
            f"The prompt has {num_prompt_tokens} tokens and leaves no room for an answer: "
            f"the context length is {max_model_len} tokens."
        )
        if num_video_tokens:
            message += (
                f" Video takes {num_video_tokens} of them: a lower fps, or num_frames, needs fewer."
            )
        raise ContextLengthExceeded(message, field="messages")
    return max_model_len - num_prompt_tokens


def build_sampling(
    sampling: WireSampling, *, room: int, eos_id: int, defaults: Defaults
) -> Sampling:
    """Raises ContextLengthExceeded where more tokens are asked for than there is `room` for."""
    filled = WireSampling(
        max_tokens=room,
        temperature=defaults.temperature,
        top_p=defaults.top_p,
        top_k=defaults.top_k,
        seed=secrets.randbits(63),
        repetition_penalty=1.0,
    )
    filled.MergeFrom(sampling)
    _check_fits("max_tokens", filled.max_tokens, room)
    _check_fits("min_tokens", filled.min_tokens, room)
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


def _check_fits(name: str, num_tokens: int, room: int) -> None:
    if num_tokens > room:
        raise ContextLengthExceeded(
            f"sampling.{name} is {num_tokens}, but the prompt leaves room for {room} tokens.",
            field=f"sampling.{name}",
        )
