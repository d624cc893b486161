"""Bounds the log probabilities of an answer, which make it large, before it is made."""

from nemotron_vl.v1.inference_pb2 import Generation

from inference_server.errors import InvalidArgument


def most_tokens(generation: Generation, *, max_model_len: int, max_logprobs: int) -> int:
    """The tokens that each choice may have so that all have at most max_logprobs entries.

    Raises InvalidArgument if the request asks for more tokens than that.
    """
    sampling = generation.sampling
    if not sampling.HasField("top_logprobs"):
        return max_model_len
    num_choices = generation.num_choices or 1
    most = max(max_logprobs // (num_choices * (1 + sampling.top_logprobs)), 1)
    wanted = min(max(sampling.max_tokens, sampling.min_tokens), max_model_len)
    if wanted > most:
        raise InvalidArgument(
            f"{num_choices} choices of {wanted} tokens with sampling.top_logprobs of "
            f"{sampling.top_logprobs} exceed the limit of {max_logprobs} log probabilities in an "
            f"answer; at most {most} tokens each are allowed.",
            field="sampling.max_tokens" if sampling.max_tokens > most else "sampling.min_tokens",
        )
    return most
