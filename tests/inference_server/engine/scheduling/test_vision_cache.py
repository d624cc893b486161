import pytest

from inference_server.engine.scheduling.vision_cache import VisionCache, num_rows_for
from inference_server.engine.types import Span
from tests.inference_server.engine.prompts import image, span_of, video


def image_span(key: bytes) -> Span:
    """One tile, 4 rows."""
    return span_of(image(0, columns=1), key=key, start=0)


def make_cache(max_rows: int) -> VisionCache:
    return VisionCache(max_rows=max_rows, tokens_per_tile=4)


def finish(cache: VisionCache, span: Span) -> None:
    cache.set_encoded(span.key, span.media.num_tiles)


def test_pins_none_when_not_all_fit() -> None:
    cache = make_cache(max_rows=8)
    assert not cache.pin([image_span(b"a"), image_span(b"b"), image_span(b"c")])
    cache.check_integrity(0)
    assert cache.pin([image_span(b"a"), image_span(b"b")])


def test_equal_keys_share_their_rows() -> None:
    cache = make_cache(max_rows=4)
    assert cache.pin([image_span(b"a"), image_span(b"a")])
    assert cache.pin([image_span(b"a")])
    cache.check_integrity(3)
    assert num_rows_for([image_span(b"a"), image_span(b"a")], 4) == 4


def test_unpinned_embeddings_stay_until_their_room_is_needed() -> None:
    cache = make_cache(max_rows=8)
    spans = {key: image_span(key) for key in (b"a", b"b", b"c")}
    cache.pin([spans[b"a"], spans[b"b"]])
    finish(cache, spans[b"a"])
    cache.unpin([spans[b"a"], spans[b"b"]])
    assert cache.is_complete(b"a")
    assert cache.take_evicted() == ()
    cache.pin([spans[b"c"]])
    assert cache.take_evicted() == (b"a",)
    assert cache.take_evicted() == ()


def test_evicts_the_one_unused_for_longest() -> None:
    cache = make_cache(max_rows=8)
    spans = {key: image_span(key) for key in (b"a", b"b", b"c")}
    cache.pin([spans[b"a"], spans[b"b"]])
    cache.unpin([spans[b"b"]])
    cache.unpin([spans[b"a"]])
    cache.pin([spans[b"c"]])
    assert cache.take_evicted() == (b"b",)


def test_pinned_and_requested_embeddings_are_never_evicted() -> None:
    cache = make_cache(max_rows=8)
    spans = {key: image_span(key) for key in (b"a", b"b", b"c")}
    cache.pin([spans[b"a"], spans[b"b"]])
    cache.unpin([spans[b"a"]])
    assert not cache.pin([spans[b"a"], spans[b"c"]])
    assert cache.take_evicted() == ()


def test_a_pruned_video_gives_room_back_once_it_is_complete() -> None:
    span = span_of(video(0, num_frames=8, pruning_rate=0.75), key=b"video", start=0)
    assert (num_rows_for([span], 4), span.length) == (32, 26)
    cache = make_cache(max_rows=32)
    assert cache.pin([span])
    cache.set_encoded(b"video", 5)
    assert not cache.is_complete(b"video")
    assert not cache.pin([image_span(b"a")])
    finish(cache, span)
    assert cache.pin([image_span(b"a")])
    cache.check_integrity(2)


def test_failed_media_begin_anew() -> None:
    span = image_span(b"a")
    cache = make_cache(max_rows=8)
    cache.pin([span])
    finish(cache, span)
    cache.set_encoded(b"a", 0)
    assert cache.num_encoded(b"a") == 0
    cache.check_integrity(1)


def test_integrity_notices_a_pin_that_was_not_let_go() -> None:
    cache = make_cache(max_rows=8)
    cache.pin([image_span(b"a")])
    with pytest.raises(AssertionError, match="leaked"):
        cache.check_integrity(0)
