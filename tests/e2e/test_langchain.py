"""LangChain's clients with tools: every call is run, and every result and screenshot is read."""

import json
from collections.abc import Sequence

import pytest
from langchain_core.language_models import LanguageModelInput
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.runnables import Runnable
from langchain_core.tools import tool
from langchain_nvidia_ai_endpoints import ChatNVIDIA
from langchain_openai import ChatOpenAI

from tests.e2e.support.images import data_url, image_file
from tests.e2e.support.serving import MODEL, Serving

# One more than the images that servers of this model take by default.
NUM_TURNS = 17

# Its list of models that take tools does not have this one.
pytestmark = pytest.mark.filterwarnings("ignore:Model .* is not known to support tools")

Model = Runnable[LanguageModelInput, AIMessage]


@tool
def get_weather(city: str, days: int = 1) -> str:
    """Gives the weather of a city."""
    return json.dumps({"city": city, "days": days, "weather": "sunny"})


@tool
def screenshot(page: int) -> str:
    """Takes a screenshot of a page."""
    return f"page {page}"


def question(text: str, *images: bytes) -> HumanMessage:
    parts = [{"type": "image_url", "image_url": {"url": data_url(image)}} for image in images]
    return HumanMessage([{"type": "text", "text": text}, *parts])


def chat_nvidia(serving: Serving) -> Model:
    model = ChatNVIDIA(base_url=serving.url, api_key="not-used", model=MODEL, temperature=0.0)
    return model.bind_tools([get_weather])


def chat_openai(serving: Serving) -> Model:
    model = ChatOpenAI(base_url=serving.url, api_key="not-used", model="default", max_retries=0)  # type: ignore[arg-type]
    return model.bind_tools([screenshot])


ASKED = [
    SystemMessage("Be brief."),
    question("Use get_weather for the city in this image.", image_file(1, (320, 240))),
]


def test_chat_nvidia_sends_back_what_its_tool_said(mock: Serving) -> None:
    model = chat_nvidia(mock)
    call = model.invoke(ASKED)
    [tool_call] = call.tool_calls
    result = ToolMessage(get_weather.invoke(tool_call["args"]), tool_call_id=tool_call["id"] or "")

    answer = model.invoke([*ASKED, call, result])

    assert tool_call["name"] == "get_weather"
    assert "Image 1 is 320 by 240 pixels" in str(answer.content)
    assert "".join(str(chunk.content) for chunk in model.stream([*ASKED, call, result])) == (
        answer.content
    )


def test_chat_nvidia_may_drop_the_calls_of_another_client(mock: Serving) -> None:
    """It sends only those that it received itself, and the results of all."""
    call = {"name": "get_weather", "args": {"city": "Paris"}, "id": "1", "type": "tool_call"}
    dropped = [AIMessage("", tool_calls=[call]), ToolMessage("sunny", tool_call_id="1")]

    answer = chat_nvidia(mock).invoke([*ASKED, *dropped])

    assert "Image 1 is 320 by 240 pixels" in str(answer.content)


def test_chat_nvidia_streams_the_call_that_it_would_get_whole(mock: Serving) -> None:
    model = chat_nvidia(mock)

    first, *others = model.stream(ASKED)
    streamed = sum(others, first)

    assert calls(streamed) == calls(model.invoke(ASKED))


def test_an_agent_sees_every_screenshot_of_a_long_session(mock: Serving) -> None:
    model = chat_openai(mock)
    history: list[BaseMessage] = []
    for number in range(1, NUM_TURNS + 1):
        history.append(question(f"Use screenshot for page {number}."))
        call = model.invoke(history)
        assert [name for name, _ in calls(call)] == ["screenshot"]
        history += [call, *(seen(number, c["id"] or "") for c in call.tool_calls)]

        answer = model.invoke(history)

        assert f"Image {number} is {200 + number} by 100 pixels" in str(answer.content)
        history.append(answer)


def seen(number: int, call_id: str) -> ToolMessage:
    """The result of a screenshot, as browser agents give it back: a text and an image."""
    shown = question(f"Page {number}:", image_file(number, (200 + number, 100)))
    return ToolMessage(shown.content, tool_call_id=call_id)


def calls(message: AIMessage) -> Sequence[tuple[str, object]]:
    return [(call["name"], call["args"]) for call in message.tool_calls]
