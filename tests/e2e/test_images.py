"""The tokens that images cost, and which files are accepted."""

import io

import pytest
from nemotron_vl import Client, image, user
from openai import OpenAI
from PIL import Image

from tests.e2e.support.conversations import as_openai, ask
from tests.e2e.support.images import blank, data_url, encoded, image_file
from tests.e2e.support.serving import MODEL, Serving


@pytest.mark.parametrize(
    ("size", "num_tiles"),
    [
        ((1, 1), 1),
        ((512, 512), 1),
        ((300, 600), 3),
        ((640, 480), 13),
        ((2000, 3), 13),
    ],
)
def test_size_decides_the_tokens(
    client: Client, openai: OpenAI, size: tuple[int, int], num_tiles: int
) -> None:
    file = image_file(1, size)
    count = client.count_tokens(user("Caption:", image(file)))
    answer = openai.chat.completions.create(
        model=MODEL, messages=as_openai(ask("Caption:", file)), max_tokens=1
    )

    assert count.image_tokens == 256 * num_tiles
    [counted] = count.media
    assert (counted.width, counted.height, counted.num_tiles) == (*size, num_tiles)
    assert answer.usage
    assert answer.usage.prompt_tokens == count.prompt_tokens


def test_caller_may_lower_the_tiles(client: Client, openai: OpenAI) -> None:
    file = image_file(1, (640, 480))
    answer = openai.chat.completions.create(
        model=MODEL,
        messages=as_openai(ask("Caption:", file)),
        max_tokens=1,
        extra_body={"mm_processor_kwargs": {"max_num_tiles": 1}},
    )
    count = client.count_tokens(user("Caption:", image(file, max_tiles=1)))

    assert count.image_tokens == 256
    assert answer.usage
    assert answer.usage.prompt_tokens == count.prompt_tokens


def test_page_of_24_megapixels(mock: Serving) -> None:
    body = {"messages": as_openai(ask("Caption:", blank((6000, 4000)))), "max_tokens": 64}
    status, answer = mock.chat(body)

    assert status == 200
    assert "6000 by 4000 pixels, white on average" in answer["choices"][0]["message"]["content"]
    assert answer["usage"]["prompt_tokens_details"]["image_tokens"] == 256 * 7


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_kind_of_png(mock: Serving, mode: str) -> None:
    whole = Image.open(io.BytesIO(image_file(1)))
    file = encoded(
        whole.convert("I").point(lambda value: value * 256).convert(mode)
        if mode == "I;16"
        else whole.convert(mode)
    )
    assert mock.chat({"messages": as_openai(ask("Caption:", file))})[0] == 200


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_bytes_decide_whatever_the_url_says(mock: Serving, kind: str) -> None:
    url = data_url(image_file(1, kind=kind), "bmp")
    content = [{"type": "image_url", "image_url": {"url": url}}]
    assert mock.chat({"messages": [{"role": "user", "content": content}]})[0] == 200
