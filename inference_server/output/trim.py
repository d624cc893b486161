"""Trims whitespace off the end of a text that comes in pieces."""


class TrailingSpace:
    """Holds whitespace back until more text follows it."""

    def __init__(self) -> None:
        self._held = ""

    @property
    def num_held(self) -> int:
        """Characters held back."""
        return len(self._held)

    def push(self, text: str) -> str:
        text = self._held + text
        kept = text.rstrip()
        self._held = text[len(kept) :]
        return kept

    def flush(self) -> str:
        """The whitespace held back at the end."""
        held, self._held = self._held, ""
        return held
