import logging

import pytest

from inference_server.engine.types import ImageMedia
from inference_server.errors import EngineFailed, InvalidArgument
from inference_server.first_answer import warm_up
from inference_server.preparation.preparer import Preparer
from tests.inference_server.fake_engine import FakeEngine


async def test_the_question_has_an_image_and_its_answer_is_read(
    engine: FakeEngine, preparer: Preparer
) -> None:
    await warm_up(engine, preparer, has_images=True)
    (prompt,) = engine.prompts
    assert [type(span.media) for span in prompt.spans] == [ImageMedia]
    assert engine.samplings[0].max_tokens == 2
    assert engine.streams[0].is_canceled


async def test_without_images_it_is_text_alone(engine: FakeEngine, preparer: Preparer) -> None:
    await warm_up(engine, preparer, has_images=False)
    (prompt,) = engine.prompts
    assert not prompt.spans


async def test_a_question_that_does_not_fit_is_a_warning(
    engine: FakeEngine, preparer: Preparer, caplog: pytest.LogCaptureFixture
) -> None:
    engine.refusals = [InvalidArgument("too long")]
    await warm_up(engine, preparer, has_images=True)
    assert caplog.record_tuples == [
        (
            "inference_server.first_answer",
            logging.WARNING,
            "the first request will be slow: too long",
        )
    ]


async def test_a_context_that_is_too_short_is_a_warning(
    engine: FakeEngine, preparer: Preparer, caplog: pytest.LogCaptureFixture
) -> None:
    engine.max_model_len = 5
    await warm_up(engine, preparer, has_images=True)
    assert not engine.prompts
    assert "The context length is 5 tokens" in caplog.text


async def test_a_context_with_room_for_one_token_is_filled(
    engine: FakeEngine, preparer: Preparer, caplog: pytest.LogCaptureFixture
) -> None:
    await warm_up(engine, preparer, has_images=True)
    engine.max_model_len = len(engine.prompts[0]) + 1
    await warm_up(engine, preparer, has_images=True)
    assert [sampling.max_tokens for sampling in engine.samplings] == [2, 1]
    assert not caplog.records


async def test_an_engine_that_fails_is_not_hidden(engine: FakeEngine, preparer: Preparer) -> None:
    engine.script = [EngineFailed("The engine has failed.")]
    with pytest.raises(EngineFailed):
        await warm_up(engine, preparer, has_images=True)
