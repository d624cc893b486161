"""Decides which media embeddings are kept and how far each is encoded; the encoder has them."""

from collections import OrderedDict
from collections.abc import Iterable, Sequence

from inference_server.engine.types import Span


class _Entry:
    """The embeddings of one key: reserved when first pinned, then encoded tile by tile."""

    __slots__ = ("num_encoded", "num_pins", "num_tiles", "size_complete", "size_encoding")

    def __init__(self, span: Span, tokens_per_tile: int) -> None:
        self.num_tiles = span.media.num_tiles
        self.num_encoded = 0
        self.num_pins = 0
        self.size_complete = span.length
        self.size_encoding = max(span.length, self.num_tiles * tokens_per_tile)

    @property
    def is_complete(self) -> bool:
        return self.num_encoded == self.num_tiles

    @property
    def size(self) -> int:
        return self.size_complete if self.is_complete else self.size_encoding


class VisionCache:
    """A budget of embedding rows, shared by key, pinned while in use, evicted least recently used.

    A sequence pins all its spans before it starts, so that running sequences can always finish.
    """

    def __init__(self, *, max_rows: int, tokens_per_tile: int) -> None:
        self._max_rows = max_rows
        self._tokens_per_tile = tokens_per_tile
        self._num_rows = 0
        self._entries: OrderedDict[bytes, _Entry] = OrderedDict()
        self._evicted: list[bytes] = []

    def pin(self, spans: Sequence[Span]) -> bool:
        """Pins all spans, evicting unpinned entries; pins none and returns False without room."""
        distinct = _by_key(spans)
        added = {
            key: _Entry(span, self._tokens_per_tile)
            for key, span in distinct.items()
            if key not in self._entries
        }
        if not self._make_room(sum(entry.size for entry in added.values()), keep=distinct.keys()):
            return False
        self._entries.update(added)
        self._num_rows += sum(entry.size for entry in added.values())
        for span in spans:
            self._entries[span.key].num_pins += 1
        return True

    def unpin(self, spans: Iterable[Span]) -> None:
        """Unpins spans. Their embeddings stay until their room is needed."""
        for span in spans:
            entry = self._entries[span.key]
            assert entry.num_pins > 0
            entry.num_pins -= 1
            self._entries.move_to_end(span.key)

    def num_encoded(self, key: bytes) -> int:
        """The number of tiles encoded or planned so far."""
        return self._entries[key].num_encoded

    def is_complete(self, key: bytes) -> bool:
        return self._entries[key].is_complete

    def set_encoded(self, key: bytes, num_tiles: int) -> None:
        """Sets the number of tiles encoded: more as they are planned, 0 after encoding failed."""
        entry = self._entries[key]
        self._num_rows -= entry.size
        entry.num_encoded = num_tiles
        self._num_rows += entry.size

    def take_evicted(self) -> tuple[bytes, ...]:
        """The keys evicted since the last call, whose tensors can be freed."""
        evicted, self._evicted = tuple(self._evicted), []
        return evicted

    def check_integrity(self, num_pins: int) -> None:
        """Asserts that rows add up and that no pin outlives its sequence."""
        entries = self._entries.values()
        assert self._num_rows == sum(entry.size for entry in entries), "vision rows do not add up"
        assert num_pins == sum(entry.num_pins for entry in entries), "vision pins leaked"

    def _make_room(self, num_rows: int, *, keep: Iterable[bytes]) -> bool:
        missing = self._num_rows + num_rows - self._max_rows
        victims: list[bytes] = []
        for key, entry in self._entries.items():
            if missing <= 0:
                break
            if entry.num_pins == 0 and key not in keep:
                victims.append(key)
                missing -= entry.size
        if missing > 0:
            return False
        for key in victims:
            self._num_rows -= self._entries.pop(key).size
        self._evicted += victims
        return True


def num_rows_for(spans: Iterable[Span], tokens_per_tile: int) -> int:
    """The rows that spans need together while they are encoded; equal keys count once."""
    return sum(_Entry(span, tokens_per_tile).size for span in _by_key(spans).values())


def _by_key(spans: Iterable[Span]) -> dict[bytes, Span]:
    return {span.key: span for span in spans}
