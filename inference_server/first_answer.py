"""A first answer that nobody waits for.

What is set up at its first use, from the compiled chat template to the device's kernels, would
else be paid for by the first caller.
"""

import base64
import logging

from nemotron_vl.v1 import content_pb2, inference_pb2

from inference_server.engine.types import Engine, Sampling
from inference_server.errors import InvalidArgument
from inference_server.preparation import Preparer

logger = logging.getLogger(__name__)

# A PNG of one grey pixel.
_PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR42mNoAAAAggCB2kUIOwAAAABJRU5ErkJggg=="
)


async def warm_up(engine: Engine, preparer: Preparer, *, has_images: bool) -> None:
    """Lets the engine answer a short question, with a picture where these are accepted.

    Raises what would keep the engine from answering anybody.
    """
    parts = [content_pb2.Part(text="Describe the image.")]
    if has_images:
        parts.append(content_pb2.Part(image=content_pb2.Image(data=_PICTURE)))
    message = content_pb2.Message(role=content_pb2.ROLE_USER, parts=parts)
    try:
        async with preparer.prepared(inference_pb2.Generation(messages=[message])) as built:
            # One token of the prompt, one of a decode.
            stream = engine.submit(built.prompt, Sampling(max_tokens=2))
            try:
                async for _ in stream:
                    pass
            finally:
                stream.cancel()
    except InvalidArgument as error:
        logger.warning("the first request will be slow: %s", error)
