import pytest

from tests.http_gateway.running import Gateway


@pytest.mark.parametrize(
    ("path", "meant"),
    [
        ("/chat/completions", "/v1/chat/completions"),
        ("/v1/chat/completions/", "/v1/chat/completions"),
        ("/v1/v1/chat/completions", "/v1/chat/completions"),
        ("/v1/chat/completion", "/v1/chat/completions"),
        ("/V1/Chat/Completions", "/v1/chat/completions"),
        ("/models", "/v1/models"),
        ("/health/ready", "/v1/health/ready"),
        ("/health/", "/health"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_wrong_route_is_told_the_right_one(
    gateway: Gateway, method: str, path: str, meant: str
) -> None:
    async with gateway.session.request(method, f"{gateway.url}{path}") as response:
        assert response.status == 404
        message = (await response.json())["error"]["message"]
    assert message.endswith(f"did you mean {meant}?")


@pytest.mark.parametrize("path", ["/", "/nothing/like/it", "/" + "x" * 5000])
async def test_a_route_like_none_is_told_so(gateway: Gateway, path: str) -> None:
    async with gateway.session.get(f"{gateway.url}{path}") as response:
        assert response.status == 404
        message = (await response.json())["error"]["message"]
    assert "did you mean" not in message
    assert len(message) < 300


async def test_a_wrong_method_is_told_the_right_one(gateway: Gateway) -> None:
    async with gateway.session.get(f"{gateway.url}/v1/chat/completions") as response:
        assert response.status == 405
        assert response.headers["Allow"] == "POST"
