import torch
from torch import Tensor
from torch.nn.functional import cosine_similarity

from inference_server.models.evs import embed_video, retain

FRAMES, FRAME_SIZE, CHANNELS = 4, 6, 8
SEPARATORS = ((1, 2), (3,), (4, 5, 6), (), (7,))
TABLE = torch.arange(10.0)[:, None].expand(-1, CHANNELS)


def make_features() -> Tensor:
    return torch.randn(FRAMES, FRAME_SIZE, CHANNELS, generator=torch.Generator().manual_seed(0))


def rows_of(features: Tensor, length: int) -> Tensor:
    ids = [token_id for separator in SEPARATORS for token_id in separator]
    return embed_video(
        features,
        separators=TABLE[ids],
        separator_lengths=torch.tensor([len(separator) for separator in SEPARATORS]),
        length=length,
    )


def test_tokens_that_changed_most_stay_in_order() -> None:
    features = make_features()
    scores = {
        (frame - 1) * FRAME_SIZE + place: cosine_similarity(
            features[frame, place], features[frame - 1, place], dim=0
        ).item()
        for frame in range(1, FRAMES)
        for place in range(FRAME_SIZE)
    }
    likeliest = sorted(scores, key=lambda index: scores[index])[:5]
    expected = [*range(FRAME_SIZE), *sorted(index + FRAME_SIZE for index in likeliest)]
    assert retain(features, num_retained=FRAME_SIZE + 5).tolist() == expected


def test_the_earliest_tokens_of_identical_frames_stay() -> None:
    # Of length one, so that no rounding makes one token differ more from itself than another.
    features = torch.eye(CHANNELS)[:FRAME_SIZE].expand(FRAMES, -1, -1)
    assert retain(features, num_retained=9).tolist() == list(range(9))


def test_first_frame_stays_whole_when_nothing_else_does() -> None:
    assert retain(make_features(), num_retained=FRAME_SIZE).tolist() == list(range(FRAME_SIZE))


def test_single_frame_stays() -> None:
    assert retain(make_features()[:1], num_retained=FRAME_SIZE).tolist() == list(range(FRAME_SIZE))


def test_without_pruning_frames_follow_their_separators() -> None:
    features = make_features()
    rows = rows_of(features, FRAMES * FRAME_SIZE + 7)
    expected = [
        torch.cat([TABLE[list(separator)], frame])
        for separator, frame in zip(SEPARATORS, features, strict=False)
    ]
    assert torch.equal(rows, torch.cat([*expected, TABLE[[7]]]))


def test_pruned_frames_keep_their_separators() -> None:
    features = make_features()
    features[2] = features[1]
    length = FRAME_SIZE + 8 + 7
    rows = rows_of(features, length)
    kept = retain(features, num_retained=FRAME_SIZE + 8)
    expected: list[Tensor] = []
    for frame, separator in enumerate(SEPARATORS):
        expected.append(TABLE[list(separator)])
        expected += [features.flatten(0, 1)[i][None] for i in kept if i // FRAME_SIZE == frame]
    assert not any(2 * FRAME_SIZE <= index < 3 * FRAME_SIZE for index in kept.tolist())
    assert torch.equal(rows, torch.cat(expected))
