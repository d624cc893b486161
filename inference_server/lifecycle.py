"""One server process: listen, load, serve, and drain when told to stop."""

import asyncio
import logging
import signal
import time
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from inference_server.checkpoint.errors import CheckpointError
from inference_server.config import ServerConfig
from inference_server.errors import ServerError
from inference_server.first_answer import warm_up
from inference_server.loading import Loaded, load
from inference_server.observability.metrics import Metrics
from inference_server.preparation.preparer import Preparer
from inference_server.prompt.build import PromptBuilder
from inference_server.rpc.gate import Served
from inference_server.rpc.served_model import build_limits, served_model
from inference_server.rpc.server import RpcServer, listening
from inference_server.rpc.validation.validator import Validator
from inference_server.service import Service

logger = logging.getLogger(__name__)

T = TypeVar("T")

EXIT_DEAF = 3

_ALIVE_PERIOD_S = 0.5
# Time for open streams to receive the error after a failure.
_FAILURE_GRACE_S = 5.0


async def run(config: ServerConfig) -> int:
    """Serves until SIGTERM or SIGINT. Returns the exit code: 0 when told to stop, 1 on failure, 3
    when the transport has failed and the engine has not.
    """
    stop = _stop_signal()
    metrics = Metrics(config.checkpoint.served_model_name[0])
    try:
        async with listening(config.rpc, metrics) as server:
            logger.info("listening on %s", server.address)
            serving = asyncio.create_task(_load_and_serve(config, server, metrics, stop))
            if await _ends_first(serving, server.until_broken()):
                return serving.result()
            logger.critical("the server no longer answers on its own port")
            return EXIT_DEAF
    except (CheckpointError, ServerError, OSError) as error:
        logger.error("%s", error)
    except Exception:  # nothing above this logs it
        logger.exception("the server has failed")
    return 1


async def _load_and_serve(
    config: ServerConfig, server: RpcServer, metrics: Metrics, stop: asyncio.Event
) -> int:
    loaded = await _load(config, metrics, stop)
    if loaded is None:
        return 0
    return await _serve(config, server, loaded, metrics, stop)


async def _ends_first(task: asyncio.Task[int], other: Coroutine[Any, Any, None]) -> bool:
    """Whether the task ends before the other one, which is cancelled then. Both end here."""
    rival = asyncio.create_task(other)
    try:
        await asyncio.wait((task, rival), return_when=asyncio.FIRST_COMPLETED)
        return task.done()
    finally:
        for loser in (task, rival):
            loser.cancel()
        await asyncio.wait((task, rival))


async def _load(config: ServerConfig, metrics: Metrics, stop: asyncio.Event) -> Loaded | None:
    """Loads and starts the engine. Returns None when told to stop before it was ready."""
    loop = asyncio.get_running_loop()
    thread = ThreadPoolExecutor(1, thread_name_prefix="load")
    loading = loop.run_in_executor(thread, load, config, _Progress(), metrics.record_step)
    loaded = await _unless(stop, loading)
    if loaded is None:
        return None
    start = asyncio.ensure_future(loaded.engine.start())
    await _unless(stop, start)
    return None if stop.is_set() else loaded


async def _unless(stop: asyncio.Event, awaited: asyncio.Future[T]) -> T | None:
    """The awaited result, or None if the stop signal comes first."""
    stopped = asyncio.ensure_future(stop.wait())
    await asyncio.wait((stopped, awaited), return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    return awaited.result() if awaited.done() else None


async def _serve(
    config: ServerConfig, server: RpcServer, loaded: Loaded, metrics: Metrics, stop: asyncio.Event
) -> int:
    served, preparer = _served(config, loaded, metrics)
    try:
        if not loaded.is_mock:
            has_images = served.model.features.images
            first = warm_up(loaded.engine, preparer, has_images=has_images)
            await _unless(stop, asyncio.ensure_future(first))
        if stop.is_set():
            return 0
        await server.open(served)
        _announce(loaded, server.address, served.model.name)
        while loaded.engine.is_alive():
            if await _is_set_within(stop, _ALIVE_PERIOD_S):
                logger.info(
                    "stopping: waiting up to %g s for running calls", config.rpc.drain_grace_s
                )
                await server.drain(config.rpc.drain_grace_s)
                await loaded.engine.stop()
                logger.info("stopped")
                return 0
        logger.critical("the engine has failed")
        await server.fail(_FAILURE_GRACE_S)
        return 1
    finally:
        preparer.close()


def _announce(loaded: Loaded, address: str, name: str) -> None:
    if loaded.is_demo:
        logger.warning("no --model was given: serving a small demo model, not the 12B model")
    if loaded.is_mock:
        logger.warning("serving the mock engine, not a model")
    logger.info("ready: %s serves %s", address, name)


def _served(config: ServerConfig, loaded: Loaded, metrics: Metrics) -> tuple[Served, Preparer]:
    limits = build_limits(
        config.media,
        config.rpc,
        max_model_len=loaded.engine.max_model_len,
        max_tiles=loaded.tiling.max_tiles,
        tokens_per_tile=loaded.tiling.tokens_per_tile,
        vocab_size=loaded.vocab_size,
    )
    model = served_model(
        config.checkpoint.served_model_name,
        checkpoint=loaded.checkpoint,
        revision=loaded.revision,
        is_mock=loaded.is_mock,
        limits=limits,
        media=config.media,
        generation=loaded.generation,
        eos_id=loaded.tokenizer.eos_id,
    )
    builder = PromptBuilder(
        loaded.tokenizer, loaded.tiling, video_pruning_rate=config.media.video_pruning_rate
    )
    preparer = Preparer(
        builder,
        config.media,
        max_prompt_queue_bytes=config.rpc.max_prompt_queue_bytes,
        max_caller_share=config.rpc.max_caller_share,
    )
    service = Service(
        engine=loaded.engine,
        tokenizer=loaded.tokenizer,
        preparer=preparer,
        metrics=metrics,
        model=model,
        max_answer_logprobs=config.rpc.max_answer_logprobs,
        max_sequences_of_caller=max(
            1, int(config.engine.max_waiting * config.rpc.max_caller_share)
        ),
    )
    return Served(service=service, model=model, validator=Validator(model)), preparer


def _stop_signal() -> asyncio.Event:
    """Set by SIGTERM or SIGINT. Then SIGINT ends the process at once; another SIGTERM does nothing,
    since a supervisor and an orchestrator may both send one.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def on_signal() -> None:
        stop.set()
        loop.remove_signal_handler(signal.SIGINT)
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, on_signal)
    return stop


async def _is_set_within(event: asyncio.Event, seconds: float) -> bool:
    try:
        return await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return False


class _Progress:
    """Logs the progress of loading: every stage, and at most one line per second in a stage."""

    def __init__(self) -> None:
        self._stage = ""
        self._logged_at = 0.0

    def __call__(self, stage: str, fraction: float) -> None:
        now = time.monotonic()
        if stage != self._stage or now - self._logged_at >= 1.0:
            self._stage, self._logged_at = stage, now
            logger.info("%s: %d%%", stage, fraction * 100)
