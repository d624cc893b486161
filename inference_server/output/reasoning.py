"""Splits reasoning from the answer as the text comes.

Looks at text and not at token ids, since a tokenizer may cut the tags into several tokens.
"""

from inference_server.output.text_search import TextSearch
from inference_server.output.trim import TrailingSpace

OPEN = "<think>"
CLOSE = "</think>"


class ReasoningSplitter:
    """Splits at the first </think>; without one, all text is reasoning.

    is_thinking says whether the prompt has opened the reasoning. The reasoning is trimmed and loses
    a leading <think>; the answer loses leading newlines.
    """

    def __init__(self, *, is_thinking: bool) -> None:
        self.is_thinking = is_thinking
        self._search = TextSearch([CLOSE])
        self._space = TrailingSpace()
        self._opening: str | None = ""
        self._has_answer = not is_thinking

    def push(self, text: str) -> tuple[str, str]:
        """More of the reasoning and more of the answer."""
        if not self.is_thinking:
            return "", self._trim_answer(text)
        text, match = self._search.push(text)
        reasoning = self._space.push(self._trim_opening(text))
        if match is None:
            return reasoning, ""
        reasoning += self._end_reasoning()
        return reasoning, self._trim_answer(match.rest)

    def flush(self) -> str:
        """The text held back of a reasoning that was never closed."""
        if not self.is_thinking:
            return ""
        reasoning = self._space.push(self._trim_opening(self._search.flush()))
        return reasoning + self._end_reasoning()

    def _end_reasoning(self) -> str:
        self.is_thinking = False
        opening, self._opening = self._opening, None
        return self._space.push(_without_tag(opening)) if opening else ""

    def _trim_opening(self, text: str) -> str:
        """Holds the first characters back until it is clear whether they are the tag."""
        if self._opening is None:
            return text
        opening = self._opening + text
        text = _without_tag(opening)
        if not text or OPEN.startswith(text):
            self._opening = opening
            return ""
        self._opening = None
        return text

    def _trim_answer(self, text: str) -> str:
        if self._has_answer:
            return text
        text = text.lstrip("\n")
        self._has_answer = bool(text)
        return text


def _without_tag(opening: str) -> str:
    return opening.lstrip().removeprefix(OPEN).lstrip()
