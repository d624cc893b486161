import pytest

from http_gateway.chat.parse import parse_body
from http_gateway.chat.request import build_request

BODY = b"""
{
  "messages": [
    {"role": "user", "content": [
      {"type": "text", "text": "x"},
      {"type": "image_url", "image_url": {"url": "data:,"}},
      {"type": "video_url", "video_url": {"url": "data:,"}}
    ]},
    {"role": "system", "content": "late"},
    {"role": "assistant", "content": null, "tool_calls": [{"function": {"name": "f"}}]},
    {"role": "tool", "tool_call_id": "c", "content": "y"}
  ],
  "max_completion_tokens": 5,
  "n": 2,
  "reasoning_effort": "high",
  "tools": [{"function": {"name": "f", "parameters": {}}}]
}
"""


@pytest.mark.parametrize(
    ("field", "param"),
    [
        ("model", "model"),
        ("messages", "messages"),
        ("messages[0]", "messages[1]"),
        ("messages[0].parts[0]", "messages[1].content"),
        ("messages[1].role", "messages[0].role"),
        ("messages[1].parts", "messages[0].content"),
        ("messages[1].parts[0].text", "messages[0].content[0]"),
        ("messages[1].parts[1]", "messages[0].content[1]"),
        ("messages[1].parts[1].image.data", "messages[0].content[1].image_url"),
        ("messages[1].parts[1].image.max_tiles", "mm_processor_kwargs.max_num_tiles"),
        ("messages[1].parts[2].video.data", "messages[0].content[2].video_url"),
        ("messages[1].parts[2].video.fps", "media_io_kwargs.video.fps"),
        ("messages[2].tool_calls[0].name", "messages[2].tool_calls[0].function.name"),
        ("messages[3].tool_call_id", "messages[3].tool_call_id"),
        ("sampling.max_tokens", "max_completion_tokens"),
        ("sampling.stop[0]", "stop"),
        ("sampling.include_stop", "include_stop_str_in_output"),
        ("num_choices", "n"),
        ("thinking", "reasoning_effort"),
        ("tools[0].parameters_json_schema", "tools[0].function.parameters"),
        ("tool_choice.function_name", "tool_choice"),
        ("messages[0].parts[7].text", "messages[1].content"),
        ("messages[9].role", "messages"),
        ("something.new", None),
    ],
)
def test_a_field_leads_back_to_its_parameter(field: str, param: str | None) -> None:
    assert build_request(parse_body(BODY)).params.param(field) == param


def test_parts_of_joined_system_messages_lead_back_to_each() -> None:
    body = b"""{"messages": [{"role": "user", "content": "x"}, {"role": "system", "content": "a"},
        {"role": "developer", "content": [{"type": "text", "text": "b"}]}]}"""
    params = build_request(parse_body(body)).params
    assert params.param("messages[0].parts[0].text") == "messages[1].content"
    assert params.param("messages[0].parts[2].text") == "messages[2].content[0]"
    assert params.param("messages[1].parts[0].text") == "messages[0].content"


def test_a_field_that_nvext_gave_leads_back_there() -> None:
    body = b"""{"messages": [{"role": "user", "content": "x"}], "top_k": 3,
        "nvext": {"top_k": 4, "min_p": 0.5}}"""
    params = build_request(parse_body(body)).params
    assert params.param("sampling.top_k") == "top_k"
    assert params.param("sampling.min_p") == "nvext.min_p"
