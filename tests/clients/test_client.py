"""Both clients against a server, through one set of cases."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2
from nemotron_vl import AsyncClient, Client, errors, image, user

from tests.clients.fake_server import FakeServer


class Awaitable:
    """The synchronous client behind the asynchronous one's face."""

    def __init__(self, address: str, **settings: Any) -> None:
        self._client = Client(address, **settings)

    async def __aenter__(self) -> "Awaitable":
        self._client.__enter__()
        return self

    async def __aexit__(self, *reason: Any) -> None:
        self._client.__exit__(*reason)

    async def generate(self, *args: Any, **options: Any) -> Any:
        return self._client.generate(*args, **options)

    async def stream(self, *args: Any, **options: Any) -> AsyncIterator[Any]:
        events = self._client.stream(*args, **options)
        try:
            for event in events:
                yield event
        finally:
            events.close()

    async def batch(self, *args: Any, **options: Any) -> AsyncIterator[Any]:
        for result in self._client.batch(*args, **options):
            yield result

    async def count_tokens(self, *args: Any, **options: Any) -> Any:
        return self._client.count_tokens(*args, **options)

    async def model(self, *args: Any) -> Any:
        return self._client.model(*args)

    async def health(self, *args: Any) -> Any:
        return self._client.health(*args)


@pytest.fixture(params=[AsyncClient, Awaitable], ids=["async", "sync"])
def connect(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture
async def client(connect: Any, server: FakeServer) -> AsyncIterator[AsyncClient]:
    async with connect(server.address, timeout_s=20) as client:
        yield client


async def test_generate_answers_a_string(client: AsyncClient) -> None:
    completion = await client.generate("a blue cat")
    assert completion.choices[0].text == "a blue cat "
    assert completion.usage.completion_tokens == 3


async def test_generate_sends_messages_and_keywords(
    client: AsyncClient, server: FakeServer
) -> None:
    completion = await client.generate([user("see", image(b"12345"))], max_tokens=4, stop=["x"])
    assert completion.choices[0].text == "see <5 bytes> "
    assert server.generations[0].sampling.max_tokens == 4
    assert server.generations[0].sampling.stop == ["x"]


async def test_stream_gives_events(client: AsyncClient) -> None:
    kinds = [event.WhichOneof("event") async for event in client.stream("one two")]
    assert kinds == ["started", "delta", "delta", "finish", "ended"]


async def test_closing_a_stream_cancels_it(client: AsyncClient, server: FakeServer) -> None:
    async with aclosing(client.stream("forever")) as events:
        assert (await anext(events)).HasField("started")
        assert (await anext(events)).delta.text == "forever "
    assert server.caller_gone.wait(10)


async def test_batch_gives_results_and_lone_failures(client: AsyncClient) -> None:
    conversations = [user("a"), user("b", image(b"broken")), "c"]
    result_by_index = {result.index: result async for result in client.batch(conversations)}

    assert result_by_index[0].completion.choices[0].text == "a "
    assert result_by_index[2].completion.choices[0].text == "c "
    error = errors.from_item(result_by_index[1].status)
    assert isinstance(error, errors.InvalidArgument)
    assert error.field == "messages[0].parts[1].image"


async def test_batch_shares_keywords(client: AsyncClient, server: FakeServer) -> None:
    _ = [result async for result in client.batch(["a", "b"], temperature=0, max_tokens=2)]
    assert [generation.sampling.max_tokens for generation in server.generations] == [2, 2]


async def test_count_tokens(client: AsyncClient) -> None:
    assert (await client.count_tokens("three small words")).prompt_tokens == 3


async def test_model_describes_itself(client: AsyncClient) -> None:
    assert (await client.model()).name == "fake"
    with pytest.raises(errors.NotFound, match="`other`"):
        await client.model("other")


async def test_health_follows_the_model(client: AsyncClient, server: FakeServer) -> None:
    assert await client.health()
    assert await client.health("")
    assert not await client.health("unknown.Service")
    server.health.set("nemotron_vl.v1.InferenceService", health_pb2.HealthCheckResponse.NOT_SERVING)
    assert not await client.health()


async def test_error_names_code_reason_and_field(client: AsyncClient) -> None:
    with pytest.raises(errors.InvalidArgument, match="not an image") as caught:
        await client.generate(user("see", image(b"broken")))
    assert caught.value.code is grpc.StatusCode.INVALID_ARGUMENT
    assert caught.value.reason == "INVALID_ARGUMENT"
    assert caught.value.field == "messages[0].parts[1].image"


async def test_overload_says_when_to_retry(client: AsyncClient) -> None:
    with pytest.raises(errors.Overloaded) as caught:
        await client.generate("full")
    assert caught.value.retry_after_s == 1.5


async def test_stream_fails_with_the_same_errors(client: AsyncClient) -> None:
    with pytest.raises(errors.Overloaded):
        _ = [event async for event in client.stream("full")]


async def test_deadline(client: AsyncClient) -> None:
    with pytest.raises(errors.DeadlineExceeded):
        await client.generate("slow", timeout_s=0.2)


async def test_message_above_the_limit_is_too_large(connect: Any, server: FakeServer) -> None:
    async with connect(server.address, max_message_bytes=1000) as client:
        with pytest.raises(errors.PayloadTooLarge):
            await client.generate("x" * 2000)


async def test_a_closed_port_is_unavailable(connect: Any, closed_port: int) -> None:
    async with connect(f"127.0.0.1:{closed_port}", timeout_s=20) as client:
        with pytest.raises(errors.Unavailable):
            await client.generate("hello")


async def test_key_and_request_id_travel_as_metadata(connect: Any, server: FakeServer) -> None:
    async with connect(server.address, api_key="secret") as client:
        await client.generate("hello", request_id="r-1")
    assert server.metadata["authorization"] == "Bearer secret"
    assert server.metadata["x-request-id"] == "r-1"
