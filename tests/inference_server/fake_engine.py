"""The engine's border, played from a script."""

import asyncio
from collections.abc import AsyncIterator, Sequence

from inference_server.engine.types import Load, Prompt, Sampling, StepOutput


class FakeStream:
    """Replays a script, then ends as it says; `proceed` holds it between outputs."""

    def __init__(self, script: Sequence[StepOutput | Exception], proceed: asyncio.Event) -> None:
        self.is_canceled = False
        self._script = script
        self._proceed = proceed

    async def __aiter__(self) -> AsyncIterator[StepOutput]:
        for step in self._script:
            if isinstance(step, Exception):
                raise step
            yield step
            await self._proceed.wait()

    def cancel(self) -> None:
        self.is_canceled = True


class FakeEngine:
    """Answers every prompt with one script, and remembers what it was given."""

    max_model_len = 4096

    def __init__(self, script: Sequence[StepOutput | Exception]) -> None:
        self.script = script
        self.prompts: list[Prompt] = []
        self.samplings: list[Sampling] = []
        self.streams: list[FakeStream] = []
        self.refusals: list[Exception | None] = []
        self.proceed = asyncio.Event()
        self.proceed.set()
        self.is_healthy = True

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    def submit(self, prompt: Prompt, sampling: Sampling) -> FakeStream:
        refusal = self.refusals.pop(0) if self.refusals else None
        if refusal is not None:
            raise refusal
        self.prompts.append(prompt)
        self.samplings.append(sampling)
        self.streams.append(FakeStream(self.script, self.proceed))
        return self.streams[-1]

    def load(self) -> Load:
        return Load(num_running=3, num_waiting=2, num_waiting_tokens=70, cache_usage=0.25)

    def is_alive(self) -> bool:
        return self.is_healthy
