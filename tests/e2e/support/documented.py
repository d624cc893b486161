"""The request bodies that the documented API and its known callers show, word for word."""

import json
from typing import Any

from tests.e2e.support.serving import MODEL

Body = dict[str, Any]

# Where the documentation has a public address.
IMAGE_URL = "https://example.com/boardwalk.jpg"

_SHOWN: list[Body] = [
    {"type": "text", "text": "What is in this image?"},
    {"type": "image_url", "image_url": {"url": IMAGE_URL}},
]
_CAPTIONED: list[Body] = [
    {"type": "text", "text": "Caption the content of this image:"},
    {"type": "image_url", "image_url": {"url": IMAGE_URL}},
]

IMAGE: Body = {
    "model": MODEL,
    "messages": [{"role": "user", "content": _SHOWN}],
    "max_tokens": 1024,
}
STREAM: Body = IMAGE | {"stream": True}
TILES: Body = IMAGE | {"mm_processor_kwargs": {"max_num_tiles": 3}}
REASONING: Body = {
    "model": MODEL,
    "messages": [
        {"role": "system", "content": "/think"},
        {"role": "user", "content": _SHOWN},
    ],
    "max_tokens": 4096,
}
TEXT: Body = {
    "model": MODEL,
    "messages": [
        {"role": "system", "content": "You are a helpful assistant"},
        {
            "role": "user",
            "content": "Create a detailed itinerary for a week-long adventure trip through "
            "Southeast Asia.",
        },
    ],
    "max_tokens": 4096,
}
MULTI_TURN: Body = {
    "model": MODEL,
    "messages": [
        {"role": "user", "content": _SHOWN},
        {
            "role": "assistant",
            "content": "This image shows a boardwalk in a field of tall grass. ...",
        },
        {"role": "user", "content": "What would be the best season to visit this place?"},
    ],
    "max_tokens": 4096,
}
CAPTION: Body = {
    "model": MODEL,
    "messages": [
        {"role": "system", "content": [{"type": "text", "text": "/no_think"}]},
        {"role": "user", "content": _CAPTIONED},
    ],
    "max_tokens": 512,
    "temperature": 1.0,
    "top_p": 1.0,
    "stream": False,
}
BARE_CAPTION: Body = {
    "model": MODEL,
    "messages": [{"role": "user", "content": _CAPTIONED}],
    "stream": False,
}

BODY_BY_NAME = {
    "image": IMAGE,
    "stream": STREAM,
    "tiles": TILES,
    "reasoning": REASONING,
    "text": TEXT,
    "multi_turn": MULTI_TURN,
    "caption": CAPTION,
    "bare_caption": BARE_CAPTION,
}


def with_image(body: Body, url: str) -> Body:
    """The body with another address for its image."""
    return json.loads(json.dumps(body).replace(IMAGE_URL, url))
