"""One call in the access log and the metrics: its id, method, duration and status."""

import logging
import time
from collections.abc import Iterable
from typing import Any

from nemotron_vl.v1 import inference_pb2

from inference_server.observability.metrics import Metrics
from serving.request_id import REQUEST_ID_HEADER, choose_request_id

logger = logging.getLogger(__name__)


def request_id(metadata: Iterable[tuple[str, str | bytes]]) -> str:
    """The caller's id of the call, if it gives a valid one, otherwise a new one."""
    given = (value for key, value in metadata if key == REQUEST_ID_HEADER)
    value = next(given, "")
    return choose_request_id(value if isinstance(value, str) else "")


class Call:
    """Observes the responses of one call; `end` logs its line."""

    def __init__(self, method: str, request_id: str, metrics: Metrics) -> None:
        self.request_id = request_id
        self._method = method
        self._metrics = metrics
        self._start = time.monotonic()
        self._first: float | None = None
        self._usage = inference_pb2.Usage()
        self._finishes: set[str] = set()

    def observe(self, response: Any) -> None:
        """Records a response before it is sent."""
        match response:
            case inference_pb2.StreamGenerateResponse():
                self._observe_first(time.monotonic())
                self._observe_event(response)
            case inference_pb2.GenerateResponse():
                self._observe_completion(response.completion)
            case inference_pb2.BatchGenerateResponse() | inference_pb2.PipelineResponse():
                if response.result.HasField("completion"):
                    self._observe_completion(response.result.completion)
            case _:
                self._observe_first(time.monotonic())

    def end(self, code: str) -> None:
        """Logs one line about the call and counts it. `code` is the name of a gRPC status code."""
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
            extra={"request_id": self.request_id},
        )

    def _observe_event(self, event: inference_pb2.StreamGenerateResponse) -> None:
        match event.WhichOneof("event"):
            case "finish":
                self._observe_finish(event.finish)
            case "delta":
                # Counted here, so that the line about an interrupted stream has its tokens.
                self._usage.completion_tokens += event.delta.num_tokens
            case "ended":
                self._usage.CopyFrom(event.ended.usage)
            case _:
                pass

    def _observe_first(self, at: float) -> None:
        self._first = at if self._first is None else min(self._first, at)

    def _observe_completion(self, completion: inference_pb2.Completion) -> None:
        timings = completion.timings
        first_s = timings.preparation.ToNanoseconds() + timings.first_token.ToNanoseconds()
        since_first_s = (timings.total.ToNanoseconds() - first_s) / 1e9
        # A whole answer comes with its last token; the first one came earlier.
        self._observe_first(time.monotonic() - since_first_s)
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
