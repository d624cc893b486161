"""Histories of any shape that other servers write: translated here, and accepted by the server."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from nemotron_vl.v1 import content_pb2

from inference_server.rpc.validation.messages import check_messages
from tests.http_gateway.chat.building import PNG, build

TEXT_PARTS = st.sampled_from(["", "x", {"type": "text", "text": ""}, {"text": "y"}])
IMAGES = st.sampled_from([{"type": "image_url", "image_url": {"url": PNG}}, {"image": PNG}])
TEXTS = st.none() | st.text(max_size=3) | st.lists(TEXT_PARTS, max_size=3)
WITH_IMAGES = TEXTS | st.lists(TEXT_PARTS | IMAGES, max_size=3)
ARGUMENTS = st.none() | st.sampled_from(["", "{}", '{"a": 1}', [], {}, {"a": {"b": None}}])
FUNCTIONS = st.fixed_dictionaries({"name": st.just("f")}, optional={"arguments": ARGUMENTS})
CALLS = st.fixed_dictionaries(
    {"function": FUNCTIONS},
    optional={"id": st.sampled_from([None, "c1"]), "type": st.sampled_from([None, "function"])},
)
NAMES = {"name": st.sampled_from([None, "Ann"])}

ASSISTANT = st.fixed_dictionaries(
    {"role": st.just("assistant")},
    optional={
        "content": TEXTS,
        "tool_calls": st.none() | st.lists(CALLS, max_size=2),
        "function_call": st.none() | FUNCTIONS,
        "refusal": st.none(),
        **NAMES,
    },
)
TOOL = st.fixed_dictionaries(
    {"role": st.sampled_from(["tool", "function"]), "content": WITH_IMAGES},
    optional={"tool_call_id": st.sampled_from([None, "c1"]), **NAMES},
)
SYSTEM = st.fixed_dictionaries(
    {"role": st.sampled_from(["system", "developer"]), "content": TEXTS}, optional=NAMES
)
USER = st.fixed_dictionaries(
    {"role": st.just("user"), "content": WITH_IMAGES.filter(lambda content: content is not None)},
    optional={"tool_calls": st.sampled_from([None, []]), **NAMES},
)


@settings(max_examples=300)
@given(history=st.lists(SYSTEM | USER | ASSISTANT | TOOL, max_size=6))
def test_any_history_is_taken(history: list[dict[str, Any]]) -> None:
    messages = [*history, {"role": "user", "content": "hello"}]
    written = build({"messages": messages}).generation.messages
    check_messages(written)
    others = [message for message in messages if message["role"] not in ("system", "developer")]
    assert len(written) == len(others) + (len(others) < len(messages))
    assert sum(part.text == "hello" for part in written[-1].parts) == 1
    calls = [call for message in written for call in message.tool_calls]
    assert all(call.arguments in ("", "{}") or "a" in call.arguments for call in calls)
    tools = sum(message["role"] in ("tool", "function") for message in messages)
    assert [message.role for message in written].count(content_pb2.ROLE_TOOL) == tools
