"""Efficient Video Sampling: chooses the tokens of a video to keep, and places them in its span.

The number of tokens to keep follows from the frames and the rate (https://arxiv.org/abs/2510.14624);
which ones depends on the features. The language model encodes no positions, so that the others can
just be dropped.
"""

import torch
from torch import Tensor
from torch.nn.functional import cosine_similarity

# Larger than any dissimilarity, which is at most 2: the first frame is always kept.
_FIRST_FRAME = 255.0


def embed_video(
    features: Tensor,
    *,
    separators: Tensor,
    separator_lengths: Tensor,
    length: int,
) -> Tensor:
    """The rows of a video's span: a separator before each frame, and the last one at the end.

    features [F, P, C] of F frames; separators [T, C], embedded and packed, separator_lengths
    [F + 1] -> [length, C]. The frames get the rows that the separators leave.
    """
    kept = retain(features, num_retained=length - len(separators))
    return _interleave(features, kept, separators.to(features.dtype), separator_lengths)


def retain(features: Tensor, *, num_retained: int) -> Tensor:
    """The tokens that differ most from the same position in the frame before.

    features [F, P, C] -> [num_retained] indices into F * P, ascending. Among equals the earlier are
    kept.
    """
    num_frames, frame_size = features.shape[:2]
    if num_retained == num_frames * frame_size:
        return torch.arange(num_retained, device=features.device)
    after, before = features[1:].float(), features[:-1].float()
    dissimilarity = torch.cat(
        [
            torch.full((frame_size,), _FIRST_FRAME, device=features.device),
            (1 - cosine_similarity(after, before, dim=-1)).flatten(),
        ]
    )
    ranked = torch.sort(dissimilarity, descending=True, stable=True).indices
    return ranked[:num_retained].sort().values


def _interleave(features: Tensor, kept: Tensor, text: Tensor, lengths: Tensor) -> Tensor:
    """Computes each row's place on the device, which alone knows how many tokens a frame keeps."""
    num_frames, frame_size = features.shape[:2]
    device = features.device
    frame_starts = torch.arange(num_frames + 1, device=device) * frame_size
    kept_before = torch.searchsorted(kept, frame_starts)  # tokens in front of separator k
    text_through = lengths.cumsum(0)  # separator rows up to and with separator k
    num_text = len(text)
    separator = torch.repeat_interleave(lengths, output_size=num_text)
    tokens_to = torch.arange(len(kept), device=device) + text_through[kept // frame_size]
    text_to = torch.arange(num_text, device=device) + kept_before[separator]
    rows = torch.cat([features.flatten(0, 1)[kept], text])
    return torch.empty_like(rows).index_copy(0, torch.cat([tokens_to, text_to]), rows)
