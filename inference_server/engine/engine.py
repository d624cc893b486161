"""The engine's thread and its interface to the event loop.

Commands go to the thread through a queue; the results of each step come back in one call on the
event loop. The two sides share no mutable state.
"""

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from queue import Empty, SimpleQueue

from inference_server.checkpoint.config import ModelConfig
from inference_server.config import EngineConfig
from inference_server.engine.execution.runner import Pending
from inference_server.engine.execution.step import StepResult, advance
from inference_server.engine.scheduling.limits import Limits
from inference_server.engine.scheduling.scheduler import Scheduler
from inference_server.engine.scheduling.sequence import Sequence
from inference_server.engine.startup.build import build_core
from inference_server.engine.startup.core import EngineCore
from inference_server.engine.stream import Stream
from inference_server.engine.types import Load, Prompt, Sampling, StepRecord
from inference_server.errors import EngineFailed, NotServing, Overloaded, ServerError

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Cancel:
    sequence_id: int


@dataclass(frozen=True, slots=True)
class _Stop:
    pass


_Command = Sequence | _Cancel | _Stop


class TorchEngine:
    """Runs the model in its own thread; implements the Engine protocol."""

    def __init__(
        self,
        checkpoint: Path,
        model_config: ModelConfig,
        config: EngineConfig,
        on_progress: Callable[[str, float], None],
        *,
        on_step: Callable[[StepRecord], None] | None = None,
    ) -> None:
        """on_progress(stage, fraction) is called while loading, on_step after each step."""
        self.max_model_len = config.max_model_len or model_config.max_model_len
        self._checkpoint = checkpoint
        self._model_config = model_config
        self._config = config
        self._on_progress = on_progress
        self._on_step = on_step
        self._commands: SimpleQueue[_Command] = SimpleQueue()
        self._is_stopping = False
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)
        self._step_start_s: float | None = None
        # Used only on the event loop.
        self._ready: asyncio.Future[None] | None = None
        self._streams: dict[int, Stream] = {}
        self._ids = count(1)
        self._limits: Limits | None = None
        self._max_open = 0
        self._record = StepRecord()
        self._error: ServerError | None = NotServing("The model is not loaded yet.")

    async def start(self) -> None:
        """Loads the model. Returns when it is ready, or raises the error of loading."""
        self._loop = asyncio.get_running_loop()
        self._ready = self._loop.create_future()
        self._thread.start()
        await self._ready

    async def stop(self) -> None:
        """Ends every sequence and stops the thread."""
        for sequence_id in self._streams:
            self._commands.put(_Cancel(sequence_id))
        self._commands.put(_Stop())
        self._is_stopping = True
        self._fail(NotServing("The server is stopping."))
        if self._thread.ident is not None:
            await asyncio.to_thread(self._thread.join)

    def submit(self, prompt: Prompt, sampling: Sampling) -> Stream:
        """Queues a sequence. Raises what Engine.submit says."""
        if self._error is not None:
            raise self._error.with_traceback(None)
        assert self._limits is not None
        self._limits.check(prompt, sampling)
        if len(self._streams) >= self._max_open:
            raise Overloaded(
                f"The queue is full: {len(self._streams)} sequences are running or waiting."
            )
        sequence = Sequence(next(self._ids), prompt, sampling)
        stream = Stream(lambda: self._cancel(sequence.id))
        self._streams[sequence.id] = stream
        self._commands.put(sequence)
        return stream

    def load(self) -> Load:
        """The load after the last step; sequences submitted since count as waiting."""
        return Load(
            num_running=self._record.num_running,
            num_waiting=max(0, len(self._streams) - self._record.num_running),
            num_waiting_tokens=self._record.num_waiting_tokens,
            cache_usage=self._record.cache_usage,
        )

    def is_alive(self) -> bool:
        """False before start, after stop or a failure, and when a step exceeds stall_timeout_s."""
        start_s = self._step_start_s
        is_stalled = (
            start_s is not None and time.monotonic() - start_s > self._config.stall_timeout_s
        )
        return self._error is None and self._thread.is_alive() and not is_stalled

    # On the event loop.

    def _begin(self, core: EngineCore) -> None:
        if self._ready is None or self._ready.done():
            return
        self._limits = core.limits
        self.max_model_len = core.limits.max_model_len
        self._max_open = core.scheduler.max_num_running + self._config.max_waiting
        self._error = None
        self._ready.set_result(None)

    def _deliver(self, result: StepResult) -> None:
        self._record = result.record
        if self._on_step is not None:
            self._on_step(result.record)
        for sequence_id, output in result.outputs:
            if stream := self._streams.get(sequence_id):
                stream.push(output)
                if output.finish is not None:
                    del self._streams[sequence_id]
        for sequence_id, reason in result.failed.items():
            if stream := self._streams.pop(sequence_id, None):
                stream.fail(EngineFailed(reason))

    def _cancel(self, sequence_id: int) -> None:
        if self._streams.pop(sequence_id, None):
            self._commands.put(_Cancel(sequence_id))

    def _fail(self, error: ServerError, cause: Exception | None = None) -> None:
        self._error = error
        if self._ready is not None and not self._ready.done():
            self._ready.set_exception(cause or error)
        for stream in self._streams.values():
            stream.fail(error)
        self._streams.clear()

    # In the thread.

    def _run(self) -> None:
        try:
            core = build_core(
                self._checkpoint, self._model_config, self._config, self._report_progress
            )
            self._post(self._begin, core)
            self._serve(core)
        except _Stopped:
            logger.info("stopped while loading")
        except Exception as error:
            logger.critical("the engine failed", exc_info=error)
            self._post(self._fail, EngineFailed("The engine has failed."), error)

    def _serve(self, core: EngineCore) -> None:
        """Runs steps until told to stop, with at most one step in flight."""
        scheduler = core.scheduler
        pending: Pending | None = None
        while self._take_commands(scheduler, can_wait=pending is None and scheduler.is_idle):
            self._step_start_s = time.monotonic()
            pending, result = advance(scheduler, core.runner, pending)
            self._post(self._deliver, result)
            if scheduler.is_idle:
                scheduler.check_integrity()
        while pending is not None:
            pending, _ = advance(scheduler, core.runner, pending)
        scheduler.check_integrity()

    def _take_commands(self, scheduler: Scheduler, *, can_wait: bool) -> bool:
        """Executes all queued commands; waits for one if idle. Returns False after _Stop."""
        if can_wait:
            self._step_start_s = None
            if not self._execute(scheduler, self._commands.get()):
                return False
        try:
            while self._execute(scheduler, self._commands.get_nowait()):
                pass
        except Empty:
            return True
        return False

    def _execute(self, scheduler: Scheduler, command: _Command) -> bool:
        match command:
            case Sequence():
                scheduler.add(command)
            case _Cancel():
                scheduler.cancel(command.sequence_id)
            case _Stop():
                return False
        return True

    def _report_progress(self, what: str, share: float) -> None:
        if self._is_stopping:
            raise _Stopped
        self._post(self._on_progress, what, share)

    def _post(self, call: Callable[..., None], *args: object) -> None:
        self._loop.call_soon_threadsafe(call, *args)


class _Stopped(Exception):
    """Ends loading after stop() was called."""
