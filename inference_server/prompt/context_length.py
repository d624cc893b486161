"""Judges whether a prompt and its answer fit into the context: the one place that does."""

from nemotron_vl.v1.inference_pb2 import Sampling

from inference_server.errors import ContextLengthExceeded


def room_for_answer(
    num_prompt_tokens: int,
    sampling: Sampling,
    *,
    max_model_len: int,
    num_video_tokens: int = 0,
) -> int:
    """How many tokens the answer may have: a larger max_tokens means as many.

    Raises ContextLengthExceeded if they are none, or fewer than min_tokens. num_video_tokens of the
    prompt are those that a caller can save by sampling fewer frames.
    """
    room = max_model_len - num_prompt_tokens
    if room < 1:
        text = _text(f"{num_prompt_tokens}", _needed(sampling), max_model_len)
        if num_video_tokens:
            text += (
                f" Video takes {num_video_tokens} of the prompt's tokens: a lower fps or "
                "num_frames needs fewer."
            )
        raise ContextLengthExceeded(text, field="messages")
    if sampling.min_tokens > room:
        text = _text(f"{num_prompt_tokens}", _needed(sampling), max_model_len)
        raise ContextLengthExceeded(text, field="sampling.min_tokens")
    return room


def check_least(least_tokens: int, sampling: Sampling, *, max_model_len: int | None) -> None:
    """Raises ContextLengthExceeded if a prompt of at least so many tokens leaves no room.

    max_model_len is None if any length is of interest.
    """
    if max_model_len is not None and least_tokens >= max_model_len:
        text = _text(f"at least {least_tokens}", _needed(sampling), max_model_len)
        raise ContextLengthExceeded(text, field="messages")


def _text(num_prompt_tokens: str, needed: str, max_model_len: int) -> str:
    return (
        f"The context length is {max_model_len} tokens, but the prompt has {num_prompt_tokens} "
        f"tokens and the answer needs {needed}."
    )


def _needed(sampling: Sampling) -> str:
    if sampling.min_tokens > 1:
        return f"at least {sampling.min_tokens} (sampling.min_tokens)"
    return "at least 1"
