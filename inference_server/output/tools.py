"""Finds tool calls in the answer as it comes: the name of each first, then its arguments.

A block is <TOOLCALL>[{"name": ..., "arguments": ...}, ...]</TOOLCALL>. The end of a call is
found by its brackets, since its strings may contain the closing tag.
"""

import secrets

from nemotron_vl.v1 import inference_pb2

from inference_server.output.block import CLOSE, OPEN, Block
from inference_server.output.text_search import TextSearch

Deltas = list[inference_pb2.ToolCallDelta]


class ToolCallParser:
    """Splits an answer into text and tool calls.

    Of a block, what is no call and no punctuation between calls is text too. With max_calls,
    nothing is read after so many calls.
    """

    def __init__(self, *, max_calls: int | None = None) -> None:
        self.num_calls = 0
        self._max_calls = max_calls
        self._num_complete = 0
        self._open = TextSearch([OPEN, CLOSE])
        self._block: Block | None = None

    @property
    def is_full(self) -> bool:
        """Whether max_calls calls are complete."""
        return self._num_complete == self._max_calls

    @property
    def num_held(self) -> int:
        """Characters held back that may be the beginning of a tag."""
        return self._open.num_held

    def push(self, text: str) -> tuple[str, Deltas]:
        """More of the answer's text, and more of its calls."""
        texts: list[str] = []
        deltas: Deltas = []
        while text and not self.is_full:
            if self._block is None:
                before, match = self._open.push(text)
                texts.append(before)
                text = match.rest if match else ""
                # A closing tag that closes nothing is not shown.
                if match and match.string == OPEN:
                    self._block = Block()
            else:
                text = self._push_block(self._block, text, deltas)
                if self._block.is_ended:
                    texts.append(self._block.text())
                    self._block = None
        return "".join(texts), _merged(deltas)

    def flush(self, *, is_cut: bool = False, next_text: str = "") -> tuple[str, Deltas]:
        """What was held back. An answer that was cut before next_text ends without the beginning of
        a tag, and an unfinished call stays as it is; at the answer's own end, it is completed."""
        if self._block is None:
            held = self._open.flush()
            is_tag = is_cut and any(
                tag.startswith((held + next_text)[: len(tag)]) for tag in (OPEN, CLOSE)
            )
            return "" if is_tag else held, []
        block, self._block = self._block, None
        deltas: Deltas = []
        if not self.is_full:
            self._count(block, block.finish(is_cut=is_cut), deltas)
        return block.text(), _merged(deltas)

    def _push_block(self, block: Block, text: str, deltas: Deltas) -> str:
        arguments, rest = block.push(text)
        self._count(block, arguments, deltas)
        return rest

    def _count(self, block: Block, arguments: str | None, deltas: Deltas) -> None:
        """Adds the delta of the block's latest call, if its name is known."""
        call = block.call
        if call is None or call.name is None:
            return
        if not block.is_announced:
            block.is_announced = True
            delta = inference_pb2.ToolCallDelta(index=self.num_calls, id=_new_id(), name=call.name)
            delta.arguments = arguments or ""
            deltas.append(delta)
            self.num_calls += 1
        elif arguments:
            deltas.append(
                inference_pb2.ToolCallDelta(index=self.num_calls - 1, arguments=arguments)
            )
        if block.is_complete:
            self._num_complete += 1


def _merged(deltas: Deltas) -> Deltas:
    """The same pieces with one delta for each call."""
    merged: Deltas = []
    for delta in deltas:
        if merged and merged[-1].index == delta.index:
            merged[-1].arguments += delta.arguments
        else:
            merged.append(delta)
    return merged


def _new_id() -> str:
    return f"call_{secrets.token_hex(12)}"
