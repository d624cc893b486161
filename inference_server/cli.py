"""The command: read the settings, start, say so, serve until told to stop."""

import asyncio
import logging
import os
import signal
import sys

from inference_server.config import ServerConfig
from inference_server.loading import Loaded, load_engine
from inference_server.models.json_file import CheckpointError
from inference_server.observability.log import configure_logging
from inference_server.observability.metrics import Metrics
from inference_server.preparation import Preparer
from inference_server.prompt.build import PromptBuilder
from inference_server.rpc.gate import Served
from inference_server.rpc.served_model import build_limits, served_model
from inference_server.rpc.server import RpcServer, listening
from inference_server.rpc.validate import Validator
from inference_server.service import Service
from inference_server.settings import SettingError, read_settings, unknown_variables

logger = logging.getLogger(__name__)

_ALIVE_PERIOD_S = 0.5
# After a failure: time for the open streams to learn of it.
_FAILURE_GRACE_S = 5.0


def main() -> None:
    """Runs the server. Exits 0 when told to stop, 1 on failure, 2 on a setting that cannot be."""
    try:
        config = read_settings(sys.argv[1:], os.environ)
    except SettingError as error:
        sys.stderr.write(f"nemotron-vl-server: {error}\n")
        sys.exit(2)
    configure_logging(config.log.log_level, is_jsonl=config.log.jsonl_logging)
    unknown = unknown_variables(os.environ)
    if unknown:
        logger.warning("ignored, since no setting of this server: %s", ", ".join(unknown))
    code = asyncio.run(_run(config))
    logging.shutdown()
    if code:
        # A stuck engine thread would keep the interpreter from ending.
        os._exit(code)


async def _run(config: ServerConfig) -> int:
    stop = _stop_signal()
    metrics = Metrics()
    try:
        async with listening(config.rpc, metrics) as server:
            logger.info("listening on %s", server.address)
            loaded = await load_engine(config, _Progress(stop))
            return await _serve(config, server, loaded, metrics, stop)
    except (CheckpointError, OSError) as error:
        logger.error("%s", error)
        return 1
    except _StoppedLoading:
        return 0


async def _serve(
    config: ServerConfig, server: RpcServer, loaded: Loaded, metrics: Metrics, stop: asyncio.Event
) -> int:
    served, preparer = _served(config, loaded, metrics)
    await server.open(served)
    if loaded.is_random:
        logger.warning("no --model was given: the weights are random and the answers are noise")
    if loaded.is_mock:
        logger.warning("the mock engine answers, not the model")
    logger.info("ready: %s serves %s", server.address, served.model.name)
    try:
        while loaded.engine.is_alive():
            if await _is_set_within(stop, _ALIVE_PERIOD_S):
                logger.info("stopping: up to %g s for running calls", config.rpc.drain_grace_s)
                await server.drain(config.rpc.drain_grace_s)
                await loaded.engine.stop()
                logger.info("stopped")
                return 0
        logger.critical("the engine has failed")
        await server.fail(_FAILURE_GRACE_S)
        return 1
    finally:
        preparer.close()


def _served(config: ServerConfig, loaded: Loaded, metrics: Metrics) -> tuple[Served, Preparer]:
    limits = build_limits(
        config.media,
        config.rpc,
        max_model_len=loaded.engine.max_model_len,
        max_tiles=loaded.tiling.max_tiles,
        vocab_size=loaded.tokenizer.vocab_size,
    )
    model = served_model(
        config.checkpoint.served_model_name,
        checkpoint=loaded.checkpoint,
        revision=loaded.revision,
        is_mock=loaded.is_mock,
        limits=limits,
        media=config.media,
    )
    builder = PromptBuilder(
        loaded.tokenizer, loaded.tiling, video_pruning_rate=config.media.video_pruning_rate
    )
    preparer = Preparer(builder, config.media)
    service = Service(
        engine=loaded.engine,
        tokenizer=loaded.tokenizer,
        preparer=preparer,
        metrics=metrics,
        model=model,
    )
    return Served(service=service, model=model, validator=Validator(model)), preparer


def _stop_signal() -> asyncio.Event:
    """Set by SIGTERM or SIGINT. The same signal again ends the process at once."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def on_signal(number: signal.Signals) -> None:
        stop.set()
        loop.remove_signal_handler(number)
        signal.signal(number, signal.SIG_DFL)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, on_signal, number)
    return stop


async def _is_set_within(event: asyncio.Event, seconds: float) -> bool:
    try:
        return await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return False


class _StoppedLoading(Exception):
    """Ends the loading threads when the process was told to stop."""


class _Progress:
    """Logs how loading goes: each stage, and every tenth of it. Called from other threads."""

    def __init__(self, stop: asyncio.Event) -> None:
        self._stop = stop
        self._last = ("", 0)

    def __call__(self, stage: str, fraction: float) -> None:
        if self._stop.is_set():
            raise _StoppedLoading
        now = (stage, int(fraction * 10))
        if now != self._last:
            self._last = now
            logger.info("loading: %s %d%%", stage, fraction * 100)
