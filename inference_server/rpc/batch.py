"""Answers many conversations in one call. Each succeeds or fails alone, in order of completion."""

from collections.abc import AsyncGenerator

from nemotron_vl.v1 import inference_pb2

from inference_server.interleave import merge
from inference_server.rpc.admission.calls_in_flight import CallsInFlight
from inference_server.rpc.items import Answer, Items


def batch_results(
    request: inference_pb2.BatchGenerateRequest,
    answer: Answer,
    *,
    calls: CallsInFlight,
    max_concurrency: int,
    max_bytes: int,
) -> AsyncGenerator[inference_pb2.BatchResult]:
    """Answers the items, at most max_concurrency and max_bytes at once, and no faster than results
    are read."""
    items = Items(answer, request.defaults, calls=calls, max_bytes=max_bytes, are_counted=True)

    async def result(index: int) -> AsyncGenerator[inference_pb2.BatchResult]:
        yield await items.result(index, request.items[index])

    return merge(map(result, range(len(request.items))), max_open=max_concurrency)
