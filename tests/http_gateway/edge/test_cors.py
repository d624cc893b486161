from tests.http_gateway.fake_server import FakeServer
from tests.http_gateway.running import Start

PAGE = "https://page.example"
PREFLIGHT = {
    "Origin": PAGE,
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "authorization",
}


async def test_a_page_of_an_allowed_origin_may_call(server: FakeServer, start: Start) -> None:
    gateway = await start(
        backend=server.address, cors_allow_origins=(PAGE,), api_keys=("a preflight has none",)
    )
    url = f"{gateway.url}/v1/chat/completions"
    async with gateway.session.options(url, headers=PREFLIGHT) as response:
        assert response.status == 204
        assert response.headers["Access-Control-Allow-Origin"] == PAGE
        assert response.headers["Access-Control-Allow-Headers"] == "authorization"
    async with gateway.get("/v1/models", headers={"Origin": PAGE}) as response:
        assert response.headers["Access-Control-Allow-Origin"] == PAGE
        assert response.headers["Vary"] == "Origin"


async def test_no_other_page_may(server: FakeServer, start: Start) -> None:
    gateway = await start(backend=server.address, cors_allow_origins=(PAGE,))
    url = f"{gateway.url}/v1/chat/completions"
    stranger = PREFLIGHT | {"Origin": "https://other.example"}
    async with gateway.session.options(url, headers=stranger) as response:
        assert response.status == 403
        assert "Access-Control-Allow-Origin" not in response.headers


async def test_a_star_allows_all(server: FakeServer, start: Start) -> None:
    gateway = await start(backend=server.address, cors_allow_origins=("*",))
    async with gateway.get("/v1/models", headers={"Origin": PAGE}) as response:
        assert response.headers["Access-Control-Allow-Origin"] == PAGE


async def test_headers_that_are_not_utf8_are_not_repeated(server: FakeServer, start: Start) -> None:
    gateway = await start(backend=server.address, cors_allow_origins=("*",))
    asking = b"Access-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: \xff"
    answer = await gateway.raw(b"GET /v1/models", b"Host: localhost\r\nOrigin: http://\xff")
    assert answer.startswith(b"HTTP/1.1 200 ")
    head = b"Host: localhost\r\nOrigin: http://a\r\n"
    answer = await gateway.raw(b"OPTIONS /v1/models", head + asking)
    assert answer.startswith(b"HTTP/1.1 204 ")
