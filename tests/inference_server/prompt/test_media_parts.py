from nemotron_vl.v1.content_pb2 import Image, Message, Part, Video
from nemotron_vl.v1.inference_pb2 import Generation

from inference_server.prompt.media_parts import media_parts

IMAGE = Part(image=Image(data=b"i"))
VIDEO = Part(video=Video(data=b"v"))


def test_images_and_videos_come_in_order_with_their_paths() -> None:
    messages = [
        Message(parts=[Part(text="a"), IMAGE]),
        Message(parts=[Part()]),
        Message(parts=[VIDEO, Part(text="b"), IMAGE]),
    ]
    assert list(media_parts(Generation(messages=messages))) == [
        ("messages[0].parts[1]", IMAGE),
        ("messages[2].parts[0]", VIDEO),
        ("messages[2].parts[2]", IMAGE),
    ]
