"""One sequence as its reader on the event loop sees it, in both engines."""

import asyncio
from collections.abc import AsyncIterator, Callable

from inference_server.engine.types import StepOutput
from inference_server.errors import ServerError


class Stream:
    """The outputs of one sequence, joined into one while the reader is away.

    Implements TokenStream. The engine pushes and fails, the reader iterates and cancels.
    """

    def __init__(self, on_cancel: Callable[[], None]) -> None:
        self._on_cancel = on_cancel
        self._outputs: list[StepOutput] = []
        self._error: ServerError | None = None
        self._is_ended = False
        self._has_news = asyncio.Event()

    def push(self, output: StepOutput) -> None:
        """Adds an output for the reader."""
        self._outputs.append(output)
        self._is_ended = output.finish is not None
        self._has_news.set()

    def fail(self, error: ServerError) -> None:
        """Ends the stream with an error, which follows the outputs not read yet."""
        self._error = error
        self._has_news.set()

    def cancel(self) -> None:
        """Ends the sequence. Harmless after its end."""
        self._on_cancel()
        self._is_ended = True
        self._has_news.set()

    def __aiter__(self) -> AsyncIterator[StepOutput]:
        return self

    async def __anext__(self) -> StepOutput:
        while not self._outputs:
            if self._error is not None:
                raise self._error.with_traceback(None)
            if self._is_ended:
                raise StopAsyncIteration
            self._has_news.clear()
            await self._has_news.wait()
        outputs, self._outputs = self._outputs, []
        return _join(outputs)


def _join(outputs: list[StepOutput]) -> StepOutput:
    if len(outputs) == 1:
        return outputs[0]
    return StepOutput(
        token_ids=tuple(token_id for output in outputs for token_id in output.token_ids),
        logprobs=tuple(logprob for output in outputs for logprob in output.logprobs),
        finish=outputs[-1].finish,
    )
