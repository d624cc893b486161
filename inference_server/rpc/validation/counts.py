"""Checks how many entries each list of a request has, before anything walks over the lists."""

from nemotron_vl.v1 import inference_pb2, model_pb2

from inference_server.errors import InvalidArgument
from inference_server.prompt.media_parts import media_parts
from inference_server.rpc.validation.ranges import check_count
from inference_server.rpc.validation.sampling import check_sampling_counts


def check_counts(
    generation: inference_pb2.Generation, limits: model_pb2.Limits, *, path: str = ""
) -> None:
    """Raises InvalidArgument for the first list that is too long. `path` is the generation's."""
    check_count(f"{path}messages", len(generation.messages), limits.max_messages)
    check_count(f"{path}tools", len(generation.tools), limits.max_tools)
    check_sampling_counts(generation.sampling, limits, path=path)
    messages = generation.messages
    num_parts = sum(len(message.parts) + len(message.tool_calls) for message in messages)
    if num_parts > limits.max_parts:
        raise InvalidArgument(
            f"The messages have {num_parts} parts and tool calls; at most {limits.max_parts} "
            "are allowed.",
            field=f"{path}messages",
        )
    for place, part in media_parts(generation):
        num_frames = len(part.video.frames.frames)
        if num_frames > limits.max_video_frames:
            raise InvalidArgument(
                f"The video has {num_frames} frames; at most {limits.max_video_frames} are "
                "allowed.",
                field=f"{path}{place}.video.frames.frames",
            )
