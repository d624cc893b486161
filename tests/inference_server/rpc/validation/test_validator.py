import math

import pytest
from google.protobuf import text_format
from nemotron_vl.v1 import content_pb2, inference_pb2
from nemotron_vl.v1.model_pb2 import Model

from inference_server.errors import InvalidArgument, ModelNotFound, PayloadTooLarge, Unsupported
from inference_server.rpc.validation.model_names import ModelNames
from inference_server.rpc.validation.validator import Validator

HELLO = 'messages {role: ROLE_USER parts {text: "Hello"}}'

VIDEO = "messages {role: ROLE_USER parts {video {%s}}}"
SECOND_FRAME = VIDEO % 'frames {frames {data: "x" time {seconds: 2}} frames {data: "x" %s}}'


@pytest.fixture
def validator(model: Model) -> Validator:
    return Validator(model)


def parsed(text: str) -> inference_pb2.Generation:
    return text_format.Parse(text, inference_pb2.Generation())


@pytest.mark.parametrize(
    "text",
    [
        HELLO,
        HELLO + HELLO,
        'messages {role: ROLE_SYSTEM parts {text: "Be brief."}}',
        'messages {role: ROLE_SYSTEM parts {text: ""}}' + HELLO,
        'messages {role: ROLE_USER parts {image {data: "x" max_tiles: 12}}}',
        HELLO
        + 'messages {role: ROLE_ASSISTANT tool_calls {name: "f"}}'
        + 'messages {role: ROLE_TOOL tool_call_id: "1" parts {text: "2"}}' * 2,
        HELLO + 'messages {role: ROLE_ASSISTANT parts {text: "The answer is"}}',
        HELLO + 'messages {role: ROLE_ASSISTANT parts {text: ""}}',
        HELLO + 'messages {role: ROLE_TOOL tool_call_id: "1" parts {image {data: "x"}}}',
        # No id reaches the prompt: one that answers no call is harmless, and so are twins.
        HELLO + 'messages {role: ROLE_TOOL tool_call_id: "of no call" parts {text: "2"}}',
        HELLO
        + 'messages {role: ROLE_ASSISTANT tool_calls {id: "1" name: "f"} '
        + 'tool_calls {id: "1" name: "my tool/é.v2"}}'
        + 'messages {role: ROLE_TOOL tool_call_id: "1" parts {text: "2"}}',
        HELLO + 'messages {role: ROLE_TOOL tool_call_id: "1"}',
        'messages {role: ROLE_TOOL parts {text: "2"}}' + HELLO,
        HELLO
        + 'messages {role: ROLE_ASSISTANT parts {text: "I look."}}'
        + 'messages {role: ROLE_TOOL tool_call_id: "1" parts {text: "2"}}',
        VIDEO % 'frames {frames {data: "x"} frames {data: "y"}} fps: 0.5 pruning_rate: 0.75',
        VIDEO % ("frames {%s}" % ('frames {data: "x" time {}}' * 128)),
        HELLO + 'tools {name: "f"} tool_choice {mode: TOOL_CHOICE_MODE_NONE}',
        HELLO + "tool_choice {mode: TOOL_CHOICE_MODE_NONE} response_format {}",
        HELLO + r'tools {name: "f-_1" parameters_json_schema: "{\"type\": \"object\"}"}',
        HELLO + "tool_choice {mode: TOOL_CHOICE_MODE_AUTO}",
        HELLO + "tool_choice {mode: TOOL_CHOICE_MODE_UNSPECIFIED}",
        HELLO + 'cache_salt: "' + "é" * 128 + '"',
        HELLO + 'cache_salt: ""',
        HELLO + "sampling {top_p: 0 temperature: 0 max_tokens: 2147483647}",
        HELLO + "num_choices: 32",
        VIDEO % 'data: "x" fps: 0.5 pruning_rate: 0.75',
        VIDEO % 'data: "x" num_frames: 128',
        HELLO.replace("Hello", r"a\000b"),
    ],
)
def test_requests_as_clients_send_them_are_accepted(validator: Validator, text: str) -> None:
    validator.check(parsed(text))


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("", "messages"),
        (HELLO * 4097, "messages"),
        ("messages {role: ROLE_USER" + ' parts {text: ""}' * 8193 + "}", "messages"),
        (
            HELLO + "messages {role: ROLE_ASSISTANT" + ' tool_calls {name: "f"}' * 8192 + "}",
            "messages",
        ),
        ('messages {parts {text: "a"}}', "messages[0].role"),
        ('messages {role: 99 parts {text: "a"}}', "messages[0].role"),
        (HELLO + 'messages {role: ROLE_SYSTEM parts {text: "a"}}', "messages[1].role"),
        (
            HELLO + 'messages {role: ROLE_ASSISTANT parts {text: "a"} tool_calls {name: "f"}}',
            "messages[1].tool_calls",
        ),
        (HELLO + "messages {role: ROLE_ASSISTANT}", "messages[1].parts"),
        ("messages {role: ROLE_ASSISTANT tool_calls {}}" + HELLO, "messages[0].tool_calls[0].name"),
        (
            'messages {role: ROLE_ASSISTANT tool_calls {name: "a\\nb"}}' + HELLO,
            "messages[0].tool_calls[0].name",
        ),
        (
            'messages {role: ROLE_ASSISTANT tool_calls {name: "a\\000"}}' + HELLO,
            "messages[0].tool_calls[0].name",
        ),
        (
            HELLO + 'messages {role: ROLE_ASSISTANT parts {image {data: "x"}}}' + HELLO,
            "messages[1].parts[0]",
        ),
        (
            HELLO + 'messages {role: ROLE_TOOL parts {text: "a"} parts {video {data: "x"}}}',
            "messages[1].parts[1]",
        ),
        ("messages {role: ROLE_USER}", "messages[0].parts"),
        ("messages {role: ROLE_USER parts {}}", "messages[0].parts[0]"),
        (HELLO.replace("parts", 'tool_calls {name: "f"} parts'), "messages[0].tool_calls"),
        (HELLO.replace("parts", 'tool_call_id: "f" parts'), "messages[0].tool_call_id"),
        ("messages {role: ROLE_ASSISTANT tool_calls {}}", "messages[0].tool_calls[0].name"),
        ("messages {role: ROLE_USER parts {image {}}}", "messages[0].parts[0].image.data"),
        (
            'messages {role: ROLE_USER parts {image {data: "x" max_tiles: 0}}}',
            "messages[0].parts[0].image.max_tiles",
        ),
        (
            'messages {role: ROLE_USER parts {image {data: "x" max_tiles: 13}}}',
            "messages[0].parts[0].image.max_tiles",
        ),
        ('messages {role: ROLE_SYSTEM parts {image {data: "x"}}}', "messages[0].parts[0]"),
        (
            "messages {role: ROLE_USER " + 'parts {image {data: "x"}}' * 4 + "}",
            "messages[0].parts[3]",
        ),
        (VIDEO % "", "messages[0].parts[0].video.data"),
        (VIDEO % "frames {}", "messages[0].parts[0].video.frames.frames"),
        (
            VIDEO % ("frames {%s}" % ('frames {data: "x"}' * 129)),
            "messages[0].parts[0].video.frames.frames",
        ),
        (
            VIDEO % 'frames {frames {data: "x"} frames {}}',
            "messages[0].parts[0].video.frames.frames[1].data",
        ),
        (
            VIDEO % 'frames {frames {data: "x"}} num_frames: 1',
            "messages[0].parts[0].video.num_frames",
        ),
        (VIDEO % 'frames {frames {data: "x"}} fps: 0', "messages[0].parts[0].video.fps"),
        (VIDEO % 'frames {frames {data: "x"}} fps: 1e-300', "messages[0].parts[0].video.fps"),
        *(
            (SECOND_FRAME % time, "messages[0].parts[0].video.frames.frames[1].time")
            for time in (
                "",
                "time {seconds: 1 nanos: 999999999}",
                "time {seconds: -1}",
                "time {seconds: 2 nanos: -1}",
                "time {seconds: 2 nanos: 1000000000}",
                "time {seconds: 9000000000}",
            )
        ),
        (VIDEO % 'data: "x" fps: 0', "messages[0].parts[0].video.fps"),
        (VIDEO % 'data: "x" fps: -1', "messages[0].parts[0].video.fps"),
        (VIDEO % 'data: "x" fps: nan', "messages[0].parts[0].video.fps"),
        (VIDEO % 'data: "x" fps: inf', "messages[0].parts[0].video.fps"),
        (VIDEO % 'data: "x" num_frames: 0', "messages[0].parts[0].video.num_frames"),
        (VIDEO % 'data: "x" num_frames: -5', "messages[0].parts[0].video.num_frames"),
        (VIDEO % 'data: "x" num_frames: 129', "messages[0].parts[0].video.num_frames"),
        (VIDEO % 'data: "x" pruning_rate: 1', "messages[0].parts[0].video.pruning_rate"),
        (VIDEO % 'data: "x" pruning_rate: nan', "messages[0].parts[0].video.pruning_rate"),
        (VIDEO % 'data: "x"} } parts {video {data: "x"', "messages[0].parts[1]"),
        (HELLO + "num_choices: 0", "num_choices"),
        (HELLO + "num_choices: 33", "num_choices"),
        (HELLO + "tools {}", "tools[0].name"),
        (HELLO + 'tools {name: "a b"}', "tools[0].name"),
        (HELLO + 'tools {name: "a\\n"}', "tools[0].name"),
        (HELLO + 'tools {name: "f"} tools {name: "f"}', "tools[1].name"),
        (HELLO + 'tools {name: "f"}' * 129, "tools"),
        (
            HELLO + 'tools {name: "f" parameters_json_schema: "{"}',
            "tools[0].parameters_json_schema",
        ),
        (
            HELLO + 'tools {name: "f" parameters_json_schema: "[]"}',
            "tools[0].parameters_json_schema",
        ),
        (HELLO + "tool_choice {mode: TOOL_CHOICE_MODE_REQUIRED}", "tool_choice.mode"),
        (
            HELLO + 'tool_choice {mode: TOOL_CHOICE_MODE_FUNCTION function_name: "f"}',
            "tool_choice.mode",
        ),
        (HELLO + "tool_choice {mode: 99}", "tool_choice.mode"),
        (HELLO + 'cache_salt: "' + "a" * 257 + '"', "cache_salt"),
        (HELLO + 'cache_salt: "' + "é" * 129 + '"', "cache_salt"),
        (HELLO + 'tools {name: "f"} tool_choice {mode: 99}', "tool_choice.mode"),
        (
            HELLO
            + 'tools {name: "f"} tool_choice {mode: TOOL_CHOICE_MODE_FUNCTION function_name: "g"}',
            "tool_choice.function_name",
        ),
        (HELLO + "sampling {top_p: 2}", "sampling.top_p"),
    ],
)
def test_a_bad_request_is_refused_and_the_field_named(
    validator: Validator, text: str, field: str
) -> None:
    with pytest.raises(InvalidArgument) as caught:
        validator.check(parsed(text))
    assert caught.value.field == field
    assert caught.value.code == "INVALID_ARGUMENT"


def test_json_nested_beyond_the_parser_is_refused(validator: Validator) -> None:
    generation = parsed(HELLO)
    generation.tools.add(name="f", parameters_json_schema='{"a":' * 100_000)
    with pytest.raises(InvalidArgument) as caught:
        validator.check(generation)
    assert caught.value.field == "tools[0].parameters_json_schema"


@pytest.mark.parametrize(
    ("text", "field"),
    [
        (HELLO + "max_thinking_tokens: 5", "max_thinking_tokens"),
        (HELLO + "response_format {json_object: true}", "response_format.json_object"),
        (HELLO + 'response_format {regex: ""}', "response_format.regex"),
        (
            HELLO + 'tools {name: "f"} tool_choice {mode: TOOL_CHOICE_MODE_REQUIRED}',
            "tool_choice.mode",
        ),
        (
            HELLO
            + 'tools {name: "f"} tool_choice {mode: TOOL_CHOICE_MODE_FUNCTION function_name: "f"}',
            "tool_choice.mode",
        ),
    ],
)
def test_a_missing_feature_is_unsupported_and_the_field_named(
    validator: Validator, text: str, field: str
) -> None:
    with pytest.raises(Unsupported) as caught:
        validator.check(parsed(text))
    assert caught.value.field == field


def test_an_image_above_the_byte_limit_is_too_large(validator: Validator, model: Model) -> None:
    image = content_pb2.Image(data=bytes(model.limits.max_image_bytes + 1))
    message = content_pb2.Message(role=content_pb2.ROLE_USER, parts=[content_pb2.Part(image=image)])
    with pytest.raises(PayloadTooLarge) as caught:
        validator.check(inference_pb2.Generation(messages=[message]))
    assert caught.value.field == "messages[0].parts[0].image.data"


def test_frames_count_their_bytes_one_by_one_and_together(model: Model) -> None:
    model.limits.max_video_bytes = 2 * model.limits.max_image_bytes
    Validator(model).check(_of_frames(2, model.limits.max_image_bytes))
    for num_frames, num_bytes, field in (
        (1, model.limits.max_image_bytes + 1, "frames.frames[0].data"),
        (3, model.limits.max_image_bytes, "frames.frames"),
    ):
        with pytest.raises(PayloadTooLarge) as caught:
            Validator(model).check(_of_frames(num_frames, num_bytes))
        assert caught.value.field == f"messages[0].parts[0].video.{field}"


def _of_frames(num_frames: int, num_bytes: int) -> inference_pb2.Generation:
    frames = [content_pb2.Frame(data=bytes(num_bytes))] * num_frames
    video = content_pb2.Video(frames=content_pb2.Frames(frames=frames))
    message = content_pb2.Message(role=content_pb2.ROLE_USER, parts=[content_pb2.Part(video=video)])
    return inference_pb2.Generation(messages=[message])


def test_text_counts_in_bytes_over_messages_calls_and_tools(
    validator: Validator, model: Model
) -> None:
    third = "é" * math.ceil(model.limits.max_text_bytes / 6)
    generation = parsed(HELLO)
    generation.messages.add(role="ROLE_ASSISTANT").tool_calls.add(name="f", arguments=third)
    generation.messages.add(role="ROLE_TOOL").parts.add(text=third)
    validator.check(generation)
    generation.messages[-1].tool_call_id = third
    with pytest.raises(PayloadTooLarge):
        validator.check(generation)
    generation.messages[-1].ClearField("tool_call_id")
    generation.tools.add(name="f", description=third)
    with pytest.raises(PayloadTooLarge):
        validator.check(generation)


@pytest.mark.parametrize(
    "name",
    [
        "captioner",
        "second",
        "captioner-fp8",
        "nvidia/nemotron-nano-12b-v2-vl",
        "nvidia/nemotron-nano-12b-v2-vl-nvfp4-qad",
        "nvidia/NVIDIA-Nemotron-Nano-12B-v2-VL-BF16",
        "",
        "default",
        "Default",
        "Captioner",
        "SECOND",
        "NVIDIA/Nemotron-Nano-12B-v2-VL",
        "openai/captioner",
        "OpenAI/nvidia/nemotron-nano-12b-v2-vl",
        "hosted_vllm/second",
        "nvidia_nim/nvidia/nemotron-nano-12b-v2-vl",
        "openai/default",
    ],
)
def test_the_model_answers_to_its_names(validator: Validator, name: str) -> None:
    generation = parsed(HELLO)
    generation.model = name
    validator.check(generation)


@pytest.mark.parametrize(
    "name",
    ["gpt", "other/captioner", "captioner/openai", "openai/gpt-5", "openai/openai/captioner"],
)
def test_another_model_is_not_found(validator: Validator, name: str) -> None:
    generation = parsed(HELLO)
    generation.model = name
    with pytest.raises(ModelNotFound) as caught:
        validator.check(generation)
    assert caught.value.field == "model"
    assert repr(name) in caught.value.message
    assert "serves 'captioner'" in caught.value.message


def test_a_model_whose_name_begins_as_a_prefix_keeps_it(model: Model) -> None:
    model.name = "openai/gpt-oss"
    names = ModelNames(model)
    assert "openai/gpt-oss" in names
    assert "openai/openai/gpt-oss" in names
    assert "gpt-oss" not in names


@pytest.mark.parametrize("num_items", [0, 9])
def test_a_batch_needs_items_but_not_too_many(validator: Validator, num_items: int) -> None:
    request = inference_pb2.BatchGenerateRequest(items=[inference_pb2.BatchItem()] * num_items)
    with pytest.raises(InvalidArgument) as caught:
        validator.check_batch(request)
    assert caught.value.field == "items"


def test_a_server_without_videos_says_so(model: Model) -> None:
    model.features.videos = False
    with pytest.raises(Unsupported) as caught:
        Validator(model).check(parsed(VIDEO % 'data: "x"'))
    assert caught.value.field == "messages[0].parts[0].video"
