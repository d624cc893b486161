"""Asks the engine a first question, so that no caller waits for what is set up at first use.

That is everything from the compiled chat template to the device's kernels.
"""

import base64
import logging

from nemotron_vl.v1 import content_pb2, inference_pb2

from inference_server.engine.types import Engine, Sampling
from inference_server.errors import InvalidArgument
from inference_server.preparation.preparer import Preparer
from inference_server.prompt.context_length import room_for_answer

logger = logging.getLogger(__name__)

# A PNG of one gray pixel.
_IMAGE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR42mNoAAAAggCB2kUIOwAAAABJRU5ErkJggg=="
)


async def warm_up(engine: Engine, preparer: Preparer, *, has_images: bool) -> None:
    """Lets the engine answer a short question, with an image if these are accepted.

    Raises an error that would keep the engine from answering any request. A question that does not
    fit the engine is only a warning.
    """
    parts = [content_pb2.Part(text="Describe the image.")]
    if has_images:
        parts.append(content_pb2.Part(image=content_pb2.Image(data=_IMAGE)))
    message = content_pb2.Message(role=content_pb2.ROLE_USER, parts=parts)
    # The prompt's last step gives the first token, a decode the second.
    sampling = inference_pb2.Sampling(max_tokens=2)
    generation = inference_pb2.Generation(messages=[message], sampling=sampling)
    try:
        async with preparer.prepared(generation) as built:
            max_model_len = engine.max_model_len
            room = room_for_answer(len(built.prompt), sampling, max_model_len=max_model_len)
            max_tokens = min(sampling.max_tokens, room)
            stream = engine.submit(built.prompt, Sampling(max_tokens=max_tokens))
            try:
                async for _ in stream:
                    pass
            finally:
                stream.cancel()
    except InvalidArgument as error:
        logger.warning("the first request will be slow: %s", error)
