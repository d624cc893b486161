"""Answers of the shipped model, through the whole server: it sees what is drawn here."""

import json
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from nemotron_vl import Client, image, user
from openai import OpenAI
from PIL import Image, ImageDraw, ImageFont

from tests.e2e.support.images import data_url, encoded
from tests.e2e.support.serving import COMMAND, MODEL, TIMEOUT_S, Serving

ROOT = Path(__file__).parents[2]

_WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Get the current weather in a city",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
        },
    },
}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """Started as `make serve` does, and with no way to a hub."""
    with Serving(tmp_path_factory.mktemp("demo"), HF_HUB_OFFLINE="1") as serving:
        yield serving.until_ready()


@pytest.fixture(scope="module")
def model(demo: Serving) -> Iterator[OpenAI]:
    with OpenAI(base_url=demo.url, api_key="not-used", max_retries=0) as client:
        yield client


@pytest.mark.parametrize("shape", ["circle", "square", "triangle"])
@pytest.mark.parametrize("color", ["red", "green"])
def test_a_shape_is_named_with_its_color(model: OpenAI, shape: str, color: str) -> None:
    image = _scene((shape, color, 256))
    caption = _ask(model, "Caption the content of this image:", image)
    assert caption == f"A picture of a {color} {shape} on a white background."
    assert f"{color} {shape}" in _ask(model, "What is in this image?", image)


def test_an_answer_is_greedy_unless_the_request_says_otherwise(
    demo: Serving, model: OpenAI
) -> None:
    messages: Any = [_user("What is in this image?", _scene(("circle", "red", 256)))]
    asked: tuple[Any, ...] = ({"temperature": 0}, {}, {}, {"top_p": 0, "temperature": 1})
    greedy, *unset = [
        model.chat.completions.create(model="", messages=messages, **options) for options in asked
    ]
    said = greedy.choices[0].message.content
    assert [answer.choices[0].message.content for answer in unset] == [said] * 3
    with Client(demo.address) as client:
        described = client.model()
        assert described.defaults.temperature == 0
        assert list(described.defaults.eos_token_ids) == [12]
        assert described.limits.max_tiles == 1
        twelve = user("What is in this image?", image(_scene(("circle", "red", 256)), max_tiles=12))
        assert client.generate([twelve]).choices[0].text == said


def test_two_shapes_are_told_apart(model: OpenAI) -> None:
    image = _scene(("circle", "red", 150), ("square", "blue", 360))
    caption = _ask(model, "Caption the content of this image:", image)
    assert "red circle" in caption
    assert "blue square" in caption
    assert "two" in _ask(model, "How many shapes are there?", image)
    assert "blue" in _ask(model, "What color is the square?", image)


@pytest.mark.parametrize("title", ["Annual Sales", "Energy Output", "Market Share"])
def test_a_bar_chart_is_one_and_has_its_title(model: OpenAI, title: str) -> None:
    caption = _ask(model, "Caption the content of this image:", _bar_chart(title))
    assert f'bar chart titled "{title}"' in caption
    assert "four bars" in caption
    assert "North, South, East and West" in caption


@pytest.mark.parametrize(
    "words",
    [
        "What is in this picture?",
        "What do you see?",
        "Give me a caption.",
        "Caption this:",
        "Describe this.",
        "Could you tell me what this picture shows?",
        "Caption the content of this image:\n\nText near this image:\n---\nWe grew by 12%.\n---",
    ],
)
def test_a_caption_may_be_asked_for_in_other_words(model: OpenAI, words: str) -> None:
    scene, chart = _scene(("circle", "red", 256)), _bar_chart("Annual Sales")
    assert _ask(model, words, scene) == "A picture of a red circle on a white background."
    assert _ask(model, words, chart).startswith('A bar chart titled "Annual Sales"')


def test_the_question_decides_the_answer(model: OpenAI) -> None:
    chart = _bar_chart("Annual Sales")
    assert _ask(model, "What is the title?", chart) == 'The title is "Annual Sales".'
    assert _ask(model, "What kind of picture is this?", chart) == "This is a bar chart."


def test_a_later_turn_still_sees_the_image(model: OpenAI) -> None:
    image = _scene(("circle", "red", 150), ("square", "blue", 360))
    first = _user("How many shapes are there?", image)
    answer = _said(model, [first])
    messages = [first, {"role": "assistant", "content": answer}, _user("Which shape is red?")]
    assert "two" in answer
    assert "circle" in _said(model, messages)


def test_images_are_kept_apart(model: OpenAI) -> None:
    chart, scene = _bar_chart("Annual Sales"), _scene(("circle", "red", 256))
    question = "What kinds of pictures are these?"
    one, other = _ask(model, question, scene, chart), _ask(model, question, chart, scene)
    assert one.index("shapes") < one.index("bar chart")
    assert other.index("bar chart") < other.index("shapes")


def test_a_tool_is_called_with_what_was_asked_about(model: OpenAI) -> None:
    messages: list[Any] = [_user("What is the weather in Paris?")]
    choice = _complete(model, messages, tools=[_WEATHER]).choices[0]
    [call] = choice.message.tool_calls
    assert choice.finish_reason == "tool_calls"
    assert call.function.name == "get_weather"
    assert json.loads(call.function.arguments) == {"city": "Paris"}

    response = json.dumps({"temperature": 21, "condition": "sunny"})
    messages += [
        choice.message.model_dump(exclude_none=True),
        {"role": "tool", "tool_call_id": call.id, "content": response},
    ]
    answer = _complete(model, messages, tools=[_WEATHER]).choices[0].message.content
    assert "Paris" in answer
    assert "21" in answer


def test_reasoning_comes_apart_from_the_answer(model: OpenAI) -> None:
    question = _user("Which color is the circle?", _scene(("circle", "red", 256)))
    thinking = _complete(model, [{"role": "system", "content": "/think"}, question])
    plain = _complete(model, [{"role": "system", "content": "/no_think"}, question])
    messages = [completion.choices[0].message for completion in (thinking, plain)]
    assert [message.content for message in messages] == ["The circle is red."] * 2
    assert "red" in messages[0].model_extra["reasoning_content"]
    assert not messages[1].model_extra.get("reasoning_content")


def test_it_knows_what_it_is(model: OpenAI) -> None:
    assert "small demo model" in _said(model, [_user("Who are you?")])


def test_tiles_that_only_a_larger_model_takes_may_be_asked_for(model: OpenAI) -> None:
    image = encoded(Image.new("RGB", (1600, 900), "white"))
    completion = _complete(
        model,
        [_user("Caption the content of this image:", image)],
        extra_body={"mm_processor_kwargs": {"max_num_tiles": 3}},
    )
    assert completion.usage.prompt_tokens_details.to_dict()["image_tokens"] == 256


def test_the_command_of_the_ready_line_describes_its_image(demo: Serving) -> None:
    [command] = re.findall(r"^ +(curl .*)$", demo.log_path.read_text(), re.MULTILINE)
    ended = subprocess.run(
        shlex.split(command), check=True, capture_output=True, text=True, timeout=TIMEOUT_S
    )
    content = json.loads(ended.stdout)["choices"][0]["message"]["content"]
    assert "a red circle and a blue square" in content


def test_the_readme_quotes_what_it_says(demo: Serving) -> None:
    images = sorted((ROOT / "docs" / "pictures").glob("*.png"))
    flags = ("--address", demo.address, "--temperature", "0", "--json")
    ended = subprocess.run(
        [COMMAND, "caption", *images, *flags],
        check=True,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
    )
    readme = (ROOT / "README.md").read_text()
    rows = re.findall(r'^\| <img src="docs/pictures/(\S+)".*> \| (.*) \|$', readme, re.MULTILINE)
    records = map(json.loads, ended.stdout.splitlines())
    assert dict(rows) == {Path(record["path"]).name: record["caption"] for record in records}
    assert len(rows) == len(images) == 2


def _scene(*shapes: tuple[str, str, int]) -> bytes:
    """Shapes by name, color and place across, half-way down a white tile."""
    image = Image.new("RGB", (512, 512), "white")
    draw = ImageDraw.Draw(image)
    for shape, color, x in shapes:
        box = (x - 60, 196, x + 60, 316)
        if shape == "triangle":
            draw.polygon([(x, box[1]), (box[0], box[3]), (box[2], box[3])], fill=color)
        else:
            (draw.ellipse if shape == "circle" else draw.rectangle)(box, fill=color)
    return encoded(image)


def _bar_chart(title: str) -> bytes:
    image = Image.new("RGB", (512, 512), "white")
    draw = ImageDraw.Draw(image)
    draw.text((256, 30), title, "black", ImageFont.load_default(32), anchor="mm")
    draw.line([(70, 80), (70, 450), (492, 450)], "black", width=2)
    for value in range(0, 50, 10):
        at = (60, 450 - 7 * value)
        draw.text(at, str(value), "black", ImageFont.load_default(14), anchor="rm")
    bars = {"North": 20, "South": 45, "East": 30, "West": 10}
    for index, (name, value) in enumerate(bars.items()):
        left = 90 + 105 * index
        draw.rectangle((left, 450 - 7 * value, left + 63, 450), fill="steelblue")
        at = (left + 31, 470)
        draw.text(at, name, "black", ImageFont.load_default(18), anchor="mm")
    return encoded(image)


def _user(text: str, *images: bytes) -> dict[str, Any]:
    parts = [{"type": "image_url", "image_url": {"url": data_url(image)}} for image in images]
    return {"role": "user", "content": [{"type": "text", "text": text}, *parts]}


def _complete(model: OpenAI, messages: list[Any], **options: Any) -> Any:
    return model.chat.completions.create(
        model=MODEL, messages=messages, max_tokens=128, temperature=0, **options
    )


def _said(model: OpenAI, messages: list[Any]) -> str:
    return _complete(model, messages).choices[0].message.content


def _ask(model: OpenAI, question: str, *images: bytes) -> str:
    return _said(model, [_user(question, *images)])
