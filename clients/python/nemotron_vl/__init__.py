"""The client of nemotron_vl.v1.

from nemotron_vl import Client, image, user

with Client() as client:
    print(client.generate(user("What is in this image?", image("photo.jpg"))).choices[0].text)
"""

from nemotron_vl.aio import AsyncClient
from nemotron_vl.client import Client
from nemotron_vl.completion import CompletionBuilder
from nemotron_vl.errors import NemotronError
from nemotron_vl.messages import assistant, image, system, tool, user, video, video_frames

__all__ = [
    "AsyncClient",
    "Client",
    "CompletionBuilder",
    "NemotronError",
    "assistant",
    "image",
    "system",
    "tool",
    "user",
    "video",
    "video_frames",
]
