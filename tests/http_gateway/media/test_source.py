import asyncio
import base64
import gzip
import socket
import threading
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from aiohttp import web
from nemotron_vl.v1 import content_pb2

from http_gateway.byte_budget import ByteBudget
from http_gateway.config import GatewayConfig
from http_gateway.errors import ApiError, InvalidRequest, PayloadTooLarge, Unavailable
from http_gateway.media import fetcher
from http_gateway.media.source import MediaSource
from http_gateway.translation.media_reference import MediaRef

CALLER = "caller"
NOT_FETCHED = "The image could not be fetched from its URL."


class Origin:
    """A web server on this machine that has images and all kinds of trouble."""

    def __init__(self) -> None:
        self.port = 0
        self.paths: list[str] = []
        self.headers: dict[str, str] = {}

    def url(self, path: str, host: str = "localhost") -> str:
        return f"http://{host}:{self.port}/{path}"

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.paths.append(request.path)
        self.headers = dict(request.headers)
        name, _, rest = request.match_info["path"].partition("/")
        return await getattr(self, name)(request, rest)

    async def image(self, request: web.Request, rest: str) -> web.Response:
        return web.Response(body=b"image " + rest.encode(), content_type="image/png")

    async def slow_image(self, request: web.Request, rest: str) -> web.Response:
        await asyncio.sleep(0.05)
        return await self.image(request, rest)

    async def leisurely_image(self, request: web.Request, rest: str) -> web.Response:
        await asyncio.sleep(1)
        return await self.image(request, rest)

    async def status(self, request: web.Request, rest: str) -> web.Response:
        return web.Response(status=int(rest))

    async def hops(self, request: web.Request, rest: str) -> web.Response:
        target = f"/hops/{int(rest) - 1}" if int(rest) > 1 else "/image/far"
        return web.Response(status=302, headers={"Location": target})

    async def to(self, request: web.Request, rest: str) -> web.Response:
        return web.Response(status=307, headers={"Location": request.query["url"]})

    async def large(self, request: web.Request, rest: str) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b"x" * 65536)

    async def silent(self, request: web.Request, rest: str) -> web.Response:
        await asyncio.sleep(60)
        raise AssertionError

    async def drip(self, request: web.Request, rest: str) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b"x")
            await asyncio.sleep(0.05)

    async def packed(self, request: web.Request, rest: str) -> web.Response:
        return web.Response(body=gzip.compress(b"x" * 1000), headers={"Content-Encoding": "gzip"})

    async def short(self, request: web.Request, rest: str) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "1000"})
        await response.prepare(request)
        await response.write(b"x")
        assert request.transport
        request.transport.close()
        return response


@pytest.fixture
async def origin() -> AsyncIterator[Origin]:
    origin = Origin()
    app = web.Application()
    app.router.add_get("/{path:.+}", origin.answer)
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    origin.port = runner.addresses[0][1]
    yield origin
    await runner.cleanup()


def image(url: str, param: str = "here") -> MediaRef:
    return MediaRef(url=url, param=param, target=content_pb2.Image())


def video(url: str) -> MediaRef:
    return MediaRef(url=url, param="here", target=content_pb2.Video())


async def fill(*references: MediaRef, **settings: Any) -> None:
    settings.setdefault("allow_media_hosts", ("localhost",))
    config = GatewayConfig(**settings)
    with ByteBudget(config.max_bytes_in_flight).share(CALLER) as share:
        async with MediaSource(config) as media:
            await media.fill(references, share, caller=CALLER)


async def fault(*references: MediaRef, **settings: Any) -> ApiError:
    with pytest.raises(ApiError) as raised:
        await fill(*references, **settings)
    return raised.value


async def test_fetches_an_image(origin: Origin) -> None:
    reference = image(origin.url("image/a"))
    await fill(reference)
    assert reference.target.data == b"image a"
    assert isinstance(reference.target, content_pb2.Image)
    assert reference.target.mime_type == "image/png"


async def test_sends_neither_cookies_nor_credentials(origin: Origin) -> None:
    await fill(image(origin.url("image/a")))
    assert {"Authorization", "Cookie", "Referer"}.isdisjoint(origin.headers)
    assert origin.headers["Accept-Encoding"] == "identity"


async def test_each_target_gets_its_own_bytes_whatever_comes_first(origin: Origin) -> None:
    references = [
        image(origin.url("slow_image/a")),
        image("data:image/webp;base64," + base64.b64encode(b"b").decode()),
        image(origin.url("image/c")),
    ]
    await fill(*references)
    assert [reference.target.data for reference in references] == [b"image a", b"b", b"image c"]


async def test_a_long_data_url() -> None:
    data = b"0123456789" * 100_000
    reference = image("data:image/png;base64," + base64.b64encode(data).decode())
    await fill(reference)
    assert reference.target.data == data


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "2130706433", "0x7f.1", "0177.0.0.1", "127.1", "[::ffff:127.0.0.1]"]
)
async def test_does_not_dial_this_machine_however_it_is_spelled(origin: Origin, host: str) -> None:
    error = await fault(image(origin.url("image/a", host)), allow_media_hosts=())
    assert isinstance(error, InvalidRequest)
    assert error.message == NOT_FETCHED
    assert error.param == "here"
    assert origin.paths == []


async def test_does_not_dial_a_name_of_this_machine(origin: Origin) -> None:
    error = await fault(image(origin.url("image/a")), allow_media_hosts=())
    assert error.message == NOT_FETCHED
    assert origin.paths == []


async def test_does_not_follow_a_redirect_to_this_machine(origin: Origin) -> None:
    inside = origin.url("image/secret", "127.0.0.1")
    error = await fault(image(origin.url(f"to/x?url={inside}")))
    assert error.message == NOT_FETCHED
    assert origin.paths == ["/to/x"]


@pytest.mark.parametrize("target", ["file:///etc/passwd", "data:,x", "http://u:p@localhost/", ""])
async def test_does_not_follow_a_redirect_to_what_is_no_web_address(
    origin: Origin, target: str
) -> None:
    error = await fault(image(origin.url("to/x") + f"?url={target}"))
    assert isinstance(error, InvalidRequest)


async def test_follows_a_few_redirects(origin: Origin) -> None:
    reference = image(origin.url("hops/3"))
    await fill(reference)
    assert reference.target.data == b"image far"


async def test_follows_no_more_than_a_few_redirects(origin: Origin) -> None:
    assert (await fault(image(origin.url("hops/4")))).message == NOT_FETCHED


@pytest.mark.parametrize("path", ["packed", "short"])
async def test_a_broken_answer_is_the_callers_fault(origin: Origin, path: str) -> None:
    assert (await fault(image(origin.url(path)))).message == NOT_FETCHED


@pytest.mark.parametrize("path", ["silent", "drip"])
async def test_waits_no_longer_than_its_time(origin: Origin, path: str) -> None:
    error = await fault(image(origin.url(path)), image_fetch_timeout_s=0.3)
    assert error.message == NOT_FETCHED


@pytest.mark.parametrize("status", [204, 404, 500])
async def test_the_status_of_a_public_answer_is_told(origin: Origin, status: int) -> None:
    error = await fault(image(origin.url(f"status/{status}")))
    assert error.status == 400
    assert str(status) in error.message


async def test_a_closed_port_and_an_unknown_name_look_the_same(
    closed_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def know_none(*args: Any, **options: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    closed = await fault(image(f"http://localhost:{closed_port}/"))
    monkeypatch.setattr(socket, "getaddrinfo", know_none)
    unknown = await fault(image("http://name.invalid/"))
    assert closed.body == unknown.body


async def test_a_fetch_has_all_its_time_when_its_turn_comes(
    origin: Origin, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Six images of a second, one at a time: the last one waits for five."""
    monkeypatch.setattr(fetcher, "MAX_FETCHES", 1)
    references = [image(origin.url(f"leisurely_image/{number}")) for number in range(6)]
    await fill(*references, image_fetch_timeout_s=5)
    assert all(reference.target.data for reference in references)


async def test_a_request_with_many_slow_images_does_not_keep_others_waiting(
    origin: Origin,
) -> None:
    config = GatewayConfig(allow_media_hosts=("localhost",), image_fetch_timeout_s=20)
    many = [image(origin.url("silent")) for _ in range(200)]
    other = image(origin.url("image/a"))
    with ByteBudget(config.max_bytes_in_flight).share(CALLER) as share:
        async with MediaSource(config) as media:
            filling = asyncio.create_task(media.fill(many, share, caller=CALLER))
            await asyncio.sleep(0.1)
            await media.fill([other], share, caller=CALLER)
            assert not filling.done()
            filling.cancel()
            await asyncio.wait([filling])
    assert other.target.data == b"image a"


async def test_a_host_that_never_answers_keeps_nobody_waiting(origin: Origin) -> None:
    """Many requests of one caller, directly and by redirects; another caller, and another host."""
    config = GatewayConfig(allow_media_hosts=("localhost", "127.0.0.1"), image_fetch_timeout_s=60)
    silent = origin.url("silent")
    ways = (silent, origin.url(f"to/x?url={silent}", "127.0.0.1"))
    many = [[image(ways[number % 2]) for number in range(50)] for _ in range(20)]
    others = [image(origin.url("image/a")), image(origin.url("image/b", "127.0.0.1"))]
    with ByteBudget(config.max_bytes_in_flight).share(CALLER) as share:
        async with MediaSource(config) as media, asyncio.timeout(30):
            filling = [
                asyncio.create_task(media.fill(references, share, caller="greedy"))
                for references in many
            ]
            while origin.paths.count("/silent") < 16:
                await asyncio.sleep(0.01)
            await media.fill(others, share, caller="other")
            await media.fill(others[1:], share, caller="greedy")
            for task in filling:
                task.cancel()
            await asyncio.wait(filling)
    assert [other.target.data for other in others] == [b"image a", b"image b"]
    assert origin.paths.count("/silent") == 16


async def test_a_fetch_that_waits_too_long_is_refused(origin: Origin) -> None:
    config = GatewayConfig(
        allow_media_hosts=("localhost",), max_caller_share=0.01, fetch_wait_timeout_s=0.1
    )
    with ByteBudget(config.max_bytes_in_flight).share(CALLER) as share:
        async with MediaSource(config) as media:
            first = asyncio.create_task(
                media.fill([image(origin.url("silent"))], share, caller="a")
            )
            await asyncio.sleep(0.1)
            with pytest.raises(Unavailable) as raised:
                await media.fill([image(origin.url("image/a"))], share, caller="a")
            first.cancel()
            await asyncio.wait([first])
    assert raised.value.status == 503
    assert raised.value.headers["Retry-After"]


async def test_names_that_nobody_answers_for_keep_nobody_waiting(
    origin: Origin, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A lookup goes on when its fetch has ended. It still counts, so that there is an end to it."""

    def look_up(host: str, *args: Any, **options: Any) -> Any:
        if host == "localhost":
            return usual(host, *args, **options)
        asked.append(host)
        is_told.wait(60)
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    asked: list[str] = []
    is_told = threading.Event()
    usual = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    config = GatewayConfig(
        allow_media_hosts=("localhost",), video_fetch_timeout_s=0.05, fetch_wait_timeout_s=0.05
    )
    other = image(origin.url("image/a"))
    with ByteBudget(config.max_bytes_in_flight).share(CALLER) as share:
        async with MediaSource(config) as media:
            for number in range(80):
                silent = video(f"http://{number}.name.invalid/")
                with pytest.raises(ApiError):
                    await media.fill([silent], share, caller="greedy")
            assert len(asked) == 64
            await media.fill([other], share, caller="other")
    is_told.set()
    assert other.target.data == b"image a"


async def test_a_long_data_url_does_not_wait_for_names_to_be_looked_up() -> None:
    def look_up() -> None:
        is_found.wait(60)

    is_found = threading.Event()
    with ThreadPoolExecutor(1) as threads:
        asyncio.get_running_loop().set_default_executor(threads)
        looking_up = asyncio.create_task(asyncio.to_thread(look_up))
        reference = image("data:image/png;base64," + "AAAA" * 250_000)
        async with asyncio.timeout(30):
            await fill(reference)
        is_found.set()
        await looking_up
    assert len(reference.target.data) == 750_000


async def test_a_name_server_that_is_silent_takes_no_longer_than_the_fetch(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def be_silent(*args: Any, **options: Any) -> Any:
        is_told.wait(60)
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    is_told = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", be_silent)
    async with asyncio.timeout(30):
        error = await fault(image("http://name.invalid/"), image_fetch_timeout_s=0.1)
    is_told.set()
    assert error.message == NOT_FETCHED


async def test_reads_no_more_than_may_be_sent_on(origin: Origin) -> None:
    error = await fault(image(origin.url("large")), max_message_bytes=2**20)
    assert isinstance(error, PayloadTooLarge)


async def test_all_media_of_a_request_share_one_allowance() -> None:
    url = "data:;base64," + base64.b64encode(bytes(50_000)).decode()
    await fill(image(url), max_message_bytes=2**16)
    error = await fault(image(url, "first"), image(url, "second"), max_message_bytes=2**16)
    assert isinstance(error, PayloadTooLarge)
    assert error.param == "second"


async def test_what_is_fetched_counts_among_the_bytes_in_flight(origin: Origin) -> None:
    config = GatewayConfig(allow_media_hosts=("localhost",))
    budget = ByteBudget(10)
    with budget.share("other") as other, budget.share(CALLER) as share:
        other.take(4)
        async with MediaSource(config) as media:
            await media.fill([image("data:image/png;base64,AAAA")], share, caller=CALLER)
            assert share.num_bytes == 0
            with pytest.raises(Unavailable):
                await media.fill([image(origin.url("image/a"))], share, caller=CALLER)


async def test_a_host_with_a_port_is_allowed_at_that_port(origin: Origin) -> None:
    reference = image(origin.url("image/a"))
    await fill(reference, allow_media_hosts=(f"localhost:{origin.port}",))
    assert reference.target.data == b"image a"
    other = image(origin.url("image/a"))
    error = await fault(other, allow_media_hosts=(f"localhost:{origin.port - 1}",))
    assert error.message == NOT_FETCHED


async def test_fetching_can_be_switched_off(origin: Origin) -> None:
    await fault(image(origin.url("image/a")), fetch_media=False)
    assert origin.paths == []


async def test_a_long_chat_may_have_many_images_unless_an_operator_says_fewer() -> None:
    references = [image("data:image/png;base64,QQ==") for _ in range(300)]
    await fill(*references)
    assert all(reference.target.data for reference in references)


async def test_frames_are_filled_and_count_as_one_of_the_media(origin: Origin) -> None:
    frames = [
        MediaRef(url=url, param="here", target=content_pb2.Frame(), frame_index=index)
        for index, url in enumerate((origin.url("image/a"), "data:image/png;base64,QQ=="))
    ]
    await fill(*frames, max_media=1)
    assert [frame.target.data for frame in frames] == [b"image a", b"A"]


async def test_a_frame_that_cannot_be_fetched_is_called_a_frame(origin: Origin) -> None:
    frame = MediaRef(url=origin.url("short"), param="here", target=content_pb2.Frame())
    assert (await fault(frame)).message == "The frame could not be fetched from its URL."


SECRET = "image/a?token=secret"


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]"])
async def test_the_operator_reads_why_a_host_was_refused(
    origin: Origin, host: str, caplog: pytest.LogCaptureFixture
) -> None:
    error = await fault(image(origin.url(SECRET, host)), allow_media_hosts=())
    assert error.message == NOT_FETCHED
    assert host.strip("[]") in caplog.text
    assert "not a public address" in caplog.text
    assert "allow_media_hosts" in caplog.text
    assert "secret" not in caplog.text


async def test_the_operator_reads_of_the_host_that_a_redirect_leads_to(
    origin: Origin, caplog: pytest.LogCaptureFixture
) -> None:
    await fault(image(origin.url(f"to/x?url={origin.url(SECRET, '127.0.0.1')}")))
    assert "media of 127.0.0.1 not fetched" in caplog.text
    assert "secret" not in caplog.text


async def test_the_operator_reads_that_fetching_is_off(
    origin: Origin, caplog: pytest.LogCaptureFixture
) -> None:
    await fault(image(origin.url(SECRET)), fetch_media=False)
    assert "localhost" in caplog.text
    assert "fetch_media" in caplog.text
    assert "secret" not in caplog.text


async def test_a_host_that_is_merely_down_is_no_matter_of_settings(
    closed_port: int, caplog: pytest.LogCaptureFixture
) -> None:
    await fault(image(f"http://localhost:{closed_port}/"))
    assert "allow_media_hosts" not in caplog.text


async def test_the_number_of_media_is_bounded(origin: Origin) -> None:
    error = await fault(*[image(origin.url("image/a"))] * 3, max_media=2)
    assert error.param == "messages"
    assert origin.paths == []


async def test_the_environments_proxy_is_not_used(
    origin: Origin, monkeypatch: pytest.MonkeyPatch, closed_port: int
) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://localhost:{closed_port}")
    monkeypatch.setenv("http_proxy", f"http://localhost:{closed_port}")
    await fill(image(origin.url("image/a")))
    assert origin.paths == ["/image/a"]
