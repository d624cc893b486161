"""Ends a text at a stop string, even one that spans several tokens."""

from collections.abc import Sequence

from inference_server.output.text_search import TextSearch


class StopStrings:
    """Lets text through up to the first stop string.

    They apply to the answer, tool calls included. Of several the one that ends first wins; see
    TextSearch.
    """

    def __init__(self, strings: Sequence[str], *, is_included: bool) -> None:
        self._search = TextSearch(strings)
        self._is_included = is_included

    def push(self, text: str) -> tuple[str, str | None]:
        """The text that may be shown, and the stop string if this text completed one."""
        text, match = self._search.push(text)
        if match is None:
            return text, None
        return text + match.string if self._is_included else text, match.string

    def flush(self) -> str:
        """The text held back, once the text has ended without a stop string."""
        return self._search.flush()
