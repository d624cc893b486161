"""Makes the request message from a conversation and keywords. Pure; both clients use it."""

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias, TypedDict, cast

from nemotron_vl.messages import user
from nemotron_vl.v1 import content_pb2, inference_pb2

Conversation: TypeAlias = str | content_pb2.Message | Iterable[content_pb2.Message]

_SAMPLING_FIELDS = frozenset(inference_pb2.Sampling.DESCRIPTOR.fields_by_name)


class Options(TypedDict, total=False):
    """The keywords of a generation, named as in the contract. The server sets those left out.

    `stop` may be a single string.
    """

    model: str
    tools: Iterable[content_pb2.Tool]
    tool_choice: inference_pb2.ToolChoice
    thinking: bool
    max_thinking_tokens: int
    response_format: inference_pb2.ResponseFormat
    num_choices: int
    parallel_tool_calls: bool
    cache_salt: str

    max_tokens: int
    min_tokens: int
    temperature: float
    top_p: float
    top_k: int
    min_p: float
    seed: int
    frequency_penalty: float
    presence_penalty: float
    repetition_penalty: float
    stop: str | Iterable[str]
    stop_token_ids: Iterable[int]
    ignore_eos: bool
    include_stop: bool
    logit_bias: Mapping[int, float]
    top_logprobs: int


def build_generation(conversation: Conversation, options: Options) -> inference_pb2.Generation:
    """A plain string is one user turn."""
    generation = build_defaults(options)
    generation.messages.extend(_messages(conversation))
    return generation


def build_defaults(options: Options) -> inference_pb2.Generation:
    """The part that all items of a batch share: the keywords without a conversation."""
    keywords = dict(cast("Mapping[str, Any]", options))
    if isinstance(stop := keywords.get("stop"), str):
        keywords["stop"] = [stop]
    sampling = {name: keywords.pop(name) for name in _SAMPLING_FIELDS & keywords.keys()}
    if sampling:
        keywords["sampling"] = inference_pb2.Sampling(**sampling)
    return inference_pb2.Generation(**keywords)


def _messages(conversation: Conversation) -> Iterable[content_pb2.Message]:
    if isinstance(conversation, str):
        return [user(conversation)]
    if isinstance(conversation, content_pb2.Message):
        return [conversation]
    return conversation
