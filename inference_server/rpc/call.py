"""One call as the access log and the metrics see it: who, what, how long, how it ended."""

import logging
import re
import time
import uuid
from collections.abc import Iterable
from typing import Any

from nemotron_vl.v1 import inference_pb2

from inference_server.observability.metrics import Metrics

logger = logging.getLogger(__name__)

_UNSAFE = re.compile(r"[^A-Za-z0-9._:-]")
_MAX_ID_LENGTH = 128


def request_id(metadata: Iterable[tuple[str, str | bytes]]) -> str:
    """The caller's x-request-id, made safe to log, or a fresh one.

    It labels the call and nothing else: two calls may carry the same.
    """
    for key, value in metadata:
        if key == "x-request-id" and isinstance(value, str):
            safe = _UNSAFE.sub("", value)[:_MAX_ID_LENGTH]
            if safe:
                return safe
    return uuid.uuid4().hex


class Call:
    """Watches the responses of one call go by; `end` writes its line."""

    def __init__(self, method: str, request_id: str, metrics: Metrics) -> None:
        self.request_id = request_id
        self._method = method
        self._metrics = metrics
        self._start = time.monotonic()
        self._first: float | None = None
        self._usage = inference_pb2.Usage()
        self._finishes: set[str] = set()

    def observe(self, response: Any) -> None:
        """Takes note of a response before it is sent."""
        if self._first is None:
            self._first = time.monotonic()
        match response:
            case inference_pb2.StreamGenerateResponse():
                self._observe_event(response)
            case inference_pb2.GenerateResponse():
                self._observe_completion(response.completion)
            case inference_pb2.BatchGenerateResponse() | inference_pb2.PipelineResponse():
                if response.result.HasField("completion"):
                    self._observe_completion(response.result.completion)
            case _:
                pass

    def end(self, code: str) -> None:
        """Logs the call's one line and counts it. `code` is the name of a gRPC status code."""
        if code != "OK":
            self._metrics.record_failure(self._method, code)
        logger.info(
            "%s %s %s prompt_tokens=%d completion_tokens=%d first_s=%s total_s=%.3f finish=%s",
            self.request_id,
            self._method,
            code,
            self._usage.prompt_tokens,
            self._usage.completion_tokens,
            "-" if self._first is None else f"{self._first - self._start:.3f}",
            time.monotonic() - self._start,
            ",".join(sorted(self._finishes)) or "-",
        )

    def _observe_event(self, event: inference_pb2.StreamGenerateResponse) -> None:
        match event.WhichOneof("event"):
            case "finish":
                self._observe_finish(event.finish)
            case "delta":
                # Counted as they go, so that a stream that is cut off is logged with what it had.
                self._usage.completion_tokens += event.delta.num_tokens
            case "ended":
                self._usage.CopyFrom(event.ended.usage)
            case _:
                pass

    def _observe_completion(self, completion: inference_pb2.Completion) -> None:
        self._add(completion.usage)
        for choice in completion.choices:
            self._observe_finish(choice.finish)

    def _observe_finish(self, finish: inference_pb2.Finish) -> None:
        name = inference_pb2.FinishReason.Name(finish.reason).removeprefix("FINISH_REASON_").lower()
        self._finishes.add(name)
        self._metrics.record_finish(name)

    def _add(self, usage: inference_pb2.Usage) -> None:
        self._usage.prompt_tokens += usage.prompt_tokens
        self._usage.completion_tokens += usage.completion_tokens
