"""The mock engine's tokens: its thoughts, then a caption, repeated until something ends it."""

import math
from collections.abc import Iterator, Sequence
from itertools import chain, cycle, islice

from inference_server.engine.types import FinishReason, Sampling, StepOutput, TokenLogprob


def tell(
    caption: Sequence[int], sampling: Sampling, eos_id: int, *, thoughts: Sequence[int] = ()
) -> Iterator[StepOutput]:
    """Yields one output for each token: the thoughts, the caption, then the end of turn, then the
    caption all over again if that is not a stop token.

    As a sampler would, leaves stop tokens out before min_tokens, unless there are no others.
    """
    turn = (*caption, eos_id)
    min_tokens = sampling.min_tokens if not sampling.stop_token_ids.issuperset(turn) else 0
    num_tokens = 0
    for token_id in chain(thoughts, cycle(turn)):
        is_stop = token_id in sampling.stop_token_ids
        if is_stop and num_tokens < min_tokens:
            continue
        num_tokens += 1
        finish = FinishReason.STOP if is_stop else None
        if finish is None and num_tokens >= sampling.max_tokens:
            finish = FinishReason.LENGTH
        logprobs = _logprobs(token_id, turn, sampling.top_logprobs)
        yield StepOutput(token_ids=(token_id,), logprobs=logprobs, finish=finish)
        if finish:
            return


def _logprobs(
    token_id: int, turn: tuple[int, ...], num_top: int | None
) -> tuple[TokenLogprob, ...]:
    """Gives the token itself a probability of 1/2, and each next of the others half of the last."""
    if num_top is None:
        return ()
    likeliest = islice(dict.fromkeys((token_id, *turn)), num_top)
    top = tuple((other, rank * math.log(0.5)) for rank, other in enumerate(likeliest, 1))
    return (TokenLogprob(token_id=token_id, logprob=math.log(0.5), top=top),)
