"""Draws a token for each row of logits: greedy, or by Gumbel noise among the tokens kept.

The largest of logits * scale - log(exponential noise) is a draw from the softmax
(https://arxiv.org/abs/1611.01144). The noise comes from a key: the draw is the same in any batch.
"""

from torch import Tensor

from inference_server.ops.dispatch import Kernel, on_cuda
from inference_server.ops.sampling.noise import exponential_noise
from inference_server.ops.sampling.truncation import Truncation, truncate


def _kernel() -> Kernel:
    from inference_server.ops.sampling.sample_tokens_kernel import sample_tokens

    return sample_tokens


@on_cuda(_kernel)
def sample_tokens(
    logits: Tensor, *, scales: Tensor, keys: Tensor, truncation: Truncation | None = None
) -> Tensor:
    """logits [R, V], scales [R], all float32, keys [R, 2] int32 -> token ids [R] int64

    A scale is the inverse of a temperature; 0 takes the likeliest token, the first of equals.
    """
    token_ids = logits.argmax(dim=-1)
    drawn = scales.nonzero().squeeze(1)
    if len(drawn):
        scaled = logits[drawn] * scales[drawn, None]
        if truncation is not None:
            scaled = truncate(
                scaled,
                min_p=truncation.min_p[drawn, None],
                top_k=truncation.top_k[drawn, None],
                top_p=truncation.top_p[drawn, None],
            )
        noise = exponential_noise(keys[drawn], logits.shape[-1])
        token_ids[drawn] = (scaled - noise.log_()).argmax(dim=-1)
    return token_ids
