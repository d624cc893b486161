"""One training sample: what the model sees, what is said, and what is true."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

TILE = 512
PATCH = 16
PATCHES_PER_SIDE = TILE // PATCH


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A conversation about some pictures. Every assistant message in it may be a target.

    `images` are uint8 [512, 512, 3], in the order of the image and video parts; the `timestamps_s`
    of a video part say how many of them are its frames. `messages` and `tools` are what the chat
    template takes. Where reasoning is on, an assistant's message has its `reasoning` apart.
    `labels` hold, per image, int32 [N, 2] pairs (patch index, class id) of `classes.CLASSES`; a
    patch may have several. `facts` say `skill` and the `expected` answer of the last message, and
    what its picture shows.
    """

    kind: str
    messages: list[dict[str, Any]]
    images: tuple[np.ndarray, ...] = ()
    labels: tuple[np.ndarray, ...] = ()
    tools: list[dict[str, Any]] = field(default_factory=list)
    facts: Mapping[str, Any] = field(default_factory=dict)


def texts_in(message: dict[str, Any]) -> Iterator[str]:
    """The texts of a message's content."""
    content = message["content"]
    parts = [{"text": content}] if isinstance(content, str) else content or ()
    return (part["text"] for part in parts if "text" in part)
