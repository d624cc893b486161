"""An engine without a model, for clients, gateways and load tests. Never imports torch.

Answers depend on the prompt's tokens and pixels alone: the same prompt, the same answer. One task
paces all streams by a heap of due times.
"""

import asyncio
import contextlib
import heapq
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import count

from inference_server.engine.mock.answer import tell
from inference_server.engine.mock.reply import write_reply
from inference_server.engine.stream import Stream
from inference_server.engine.types import Load, Prompt, Sampling, StepOutput
from inference_server.errors import (
    EngineFailed,
    NotServing,
    Overloaded,
    ServerError,
)

# Tokens due within this time of each other share a wake-up, so that thousands of streams can run.
_MIN_SLEEP_S = 0.001


class MockEngine:
    """States facts about the images and videos, thinks and calls tools, at a set pace.

    tokens_per_s is the rate of each stream, 0 for as fast as possible. The first token comes
    first_token_delay_s after the sequence began to run. max_num_seqs sequences run at once and
    max_waiting more may wait.
    """

    def __init__(
        self,
        encode: Callable[[str], list[int]],
        decode: Callable[[Iterable[int]], str],
        *,
        eos_id: int,
        max_model_len: int,
        tokens_per_s: float = 0.0,
        first_token_delay_s: float = 0.0,
        max_num_seqs: int = 64,
        max_waiting: int = 4096,
    ) -> None:
        self.max_model_len = max_model_len
        self._encode = encode
        self._decode = decode
        self._eos_id = eos_id
        self._token_period_s = 1 / tokens_per_s if tokens_per_s else 0.0
        self._first_token_delay_s = first_token_delay_s
        self._max_num_seqs = max_num_seqs
        self._max_waiting = max_waiting
        # Dictionaries serve as ordered sets: a canceled sequence leaves from the middle.
        self._waiting: dict[_Telling, None] = {}
        self._running: dict[_Telling, None] = {}
        self._due: list[tuple[float, int, _Telling]] = []
        self._turns = count()
        self._wake = asyncio.Event()
        self._ticker: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Starts at once, as there is nothing to load."""
        self._ticker = asyncio.create_task(self._run(), name="mock-engine")

    async def stop(self) -> None:
        """Ends every stream with an error."""
        self._fail(NotServing("The server is stopping."))
        if self._ticker is not None:
            self._ticker.cancel()
            await asyncio.wait([self._ticker])

    def submit(self, prompt: Prompt, sampling: Sampling) -> Stream:
        """Queues a sequence. Raises NotServing or Overloaded."""
        if not self.is_alive():
            raise NotServing("The engine is not running.")
        if len(prompt) + sampling.max_tokens > self.max_model_len:
            raise ValueError("the prompt and max_tokens exceed max_model_len")
        if len(self._running) >= self._max_num_seqs and len(self._waiting) >= self._max_waiting:
            raise Overloaded(f"The queue is full: {len(self._waiting)} sequences wait already.")
        telling = _Telling(prompt, sampling, on_cancel=self._remove)
        self._waiting[telling] = None
        self._admit()
        return telling.stream

    def load(self) -> Load:
        """Each running sequence counts as an equal share of the cache."""
        return Load(
            num_running=len(self._running),
            num_waiting=len(self._waiting),
            num_waiting_tokens=sum(len(telling.prompt) for telling in self._waiting),
            cache_usage=len(self._running) / self._max_num_seqs,
        )

    def is_alive(self) -> bool:
        return self._ticker is not None and not self._ticker.done()

    def _admit(self) -> None:
        """Lets waiting sequences run. A thread writes their replies, as images may be large."""
        loop = asyncio.get_running_loop()
        while self._waiting and len(self._running) < self._max_num_seqs:
            telling = next(iter(self._waiting))
            del self._waiting[telling]
            self._running[telling] = None
            telling.due_s = loop.time() + self._first_token_delay_s
            reply = loop.run_in_executor(None, self._write, telling.prompt)
            reply.add_done_callback(partial(self._begin, telling))

    def _write(self, prompt: Prompt) -> tuple[list[int], list[int]]:
        """The ids of the thoughts, and those of the answer."""
        reply = write_reply(prompt, self._decode)
        return self._encode(reply.thoughts), self._encode(reply.answer)

    def _begin(
        self, telling: "_Telling", reply: "asyncio.Future[tuple[list[int], list[int]]]"
    ) -> None:
        if telling not in self._running:
            return
        if error := reply.exception():
            self._remove(telling)
            telling.stream.fail(EngineFailed(f"The mock engine could not write a reply: {error}"))
            return
        thoughts, answer = reply.result()
        telling.outputs = tell(answer, telling.sampling, self._eos_id, thoughts=thoughts)
        self._schedule(telling)
        self._wake.set()

    def _schedule(self, telling: "_Telling") -> None:
        heapq.heappush(self._due, (telling.due_s, next(self._turns), telling))

    async def _run(self) -> None:
        try:
            while True:
                self._step(asyncio.get_running_loop().time())
                await self._sleep()
        finally:
            self._fail(EngineFailed("The mock engine has failed."))

    def _step(self, now_s: float) -> None:
        """Pushes the tokens that are due, several to a stream if the loop was late."""
        due: list[_Telling] = []
        while self._due and self._due[0][0] <= now_s:
            due.append(heapq.heappop(self._due)[2])
        for telling in due:
            if telling in self._running:
                self._give(telling, now_s)

    def _give(self, telling: "_Telling", now_s: float) -> None:
        for output in telling.outputs:
            telling.stream.push(output)
            if output.finish:
                self._remove(telling)
                return
            telling.due_s += self._token_period_s
            if not self._token_period_s or telling.due_s > now_s:
                break
        self._schedule(telling)

    async def _sleep(self) -> None:
        """Sleeps until the next token is due or a stream begins."""
        self._wake.clear()
        if not self._due:
            await self._wake.wait()
            return
        delay_s = self._due[0][0] - asyncio.get_running_loop().time()
        if delay_s <= 0 and not self._token_period_s:
            await asyncio.sleep(0)
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(delay_s, _MIN_SLEEP_S)):
                await self._wake.wait()

    def _remove(self, telling: "_Telling") -> None:
        self._waiting.pop(telling, None)
        self._running.pop(telling, None)
        self._admit()

    def _fail(self, error: ServerError) -> None:
        tellings = [*self._running, *self._waiting]
        self._running.clear()
        self._waiting.clear()
        for telling in tellings:
            telling.stream.fail(error)


class _Telling:
    """One sequence: its answer, its pace, and the stream that its reader has."""

    __slots__ = ("due_s", "outputs", "prompt", "sampling", "stream")

    def __init__(
        self, prompt: Prompt, sampling: Sampling, *, on_cancel: Callable[["_Telling"], None]
    ) -> None:
        self.prompt = prompt
        self.sampling = sampling
        self.stream = Stream(lambda: on_cancel(self))
        self.outputs: Iterator[StepOutput] = iter(())
        self.due_s = 0.0
