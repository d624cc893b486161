"""Answers many conversations in one call. Each succeeds or fails alone, in order of completion."""

import logging
from collections.abc import AsyncGenerator, Awaitable, Callable

from nemotron_vl.v1 import inference_pb2

from inference_server.errors import ServerError
from inference_server.interleave import merge
from inference_server.rpc.status import to_status

logger = logging.getLogger(__name__)

Answer = Callable[[inference_pb2.Generation], Awaitable[inference_pb2.Completion]]


def batch_results(
    request: inference_pb2.BatchGenerateRequest, answer: Answer, *, max_concurrency: int
) -> AsyncGenerator[inference_pb2.BatchResult]:
    """Answers the items, at most max_concurrency at once and no faster than results are read."""

    async def result(index: int) -> AsyncGenerator[inference_pb2.BatchResult]:
        yield await item_result(index, request.items[index], request.defaults, answer)

    return merge(map(result, range(len(request.items))), max_open=max_concurrency)


async def item_result(
    index: int, item: inference_pb2.BatchItem, defaults: inference_pb2.Generation, answer: Answer
) -> inference_pb2.BatchResult:
    """Answers one item, merged into the defaults. An error becomes the item's status."""
    result = inference_pb2.BatchResult(index=index)
    if item.HasField("key"):
        result.key = item.key
    generation = inference_pb2.Generation()
    generation.CopyFrom(defaults)
    generation.MergeFrom(item.generation)
    try:
        result.completion.CopyFrom(await answer(generation))
    except ServerError as error:
        result.status.CopyFrom(_status(error))
    except Exception:  # a bug that one item meets must not end the others
        logger.exception("item %d failed", index)
        result.status.CopyFrom(_status(ServerError("Internal error.")))
    return result


def _status(error: ServerError) -> inference_pb2.Status:
    status = to_status(error)
    return inference_pb2.Status(code=status.code, message=status.message, details=status.details)
