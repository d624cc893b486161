"""The server's own gRPC stream, through the client."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from functools import partial

from nemotron_vl.aio import AsyncClient
from nemotron_vl.cli.bench.transport import Ask, Exchange, Piece, RequestFailed
from nemotron_vl.cli.bench.workload import Question
from nemotron_vl.errors import NemotronError
from nemotron_vl.generation import Options
from nemotron_vl.messages import image, system, user, video
from nemotron_vl.v1 import content_pb2


class GrpcTransport:
    """Sends to one server over one channel. It must be made in a running event loop."""

    def __init__(self, address: str, ask: Ask, *, api_key: str | None = None) -> None:
        self._client = AsyncClient(address, api_key=api_key, timeout_s=ask.timeout_s)
        self._options = Options(max_tokens=ask.max_tokens, ignore_eos=ask.ignore_eos)
        if ask.temperature is not None:
            self._options["temperature"] = ask.temperature
        if ask.model is not None:
            self._options["model"] = ask.model

    def prepare(self, question: Question) -> Exchange:
        """Builds the messages."""
        parts: list[str | content_pb2.Part] = [question.text]
        if question.kind != "text":
            parts.append((image if question.kind == "image" else video)(question.media))
        turn = user(*parts)
        messages = [system(question.system), turn] if question.system else [turn]
        return partial(self._send, messages)

    async def close(self) -> None:
        """Closes the channel."""
        await self._client.close()

    async def _send(self, messages: list[content_pb2.Message]) -> AsyncGenerator[Piece]:
        try:
            async with aclosing(self._client.stream(messages, **self._options)) as events:
                async for event in events:
                    if event.HasField("delta"):
                        delta = event.delta
                        has_content = bool(delta.text or delta.reasoning or delta.tool_calls)
                        yield Piece(has_content=has_content)
                    elif event.HasField("ended"):
                        usage = event.ended.usage
                        yield Piece(
                            prompt_tokens=usage.prompt_tokens,
                            completion_tokens=usage.completion_tokens,
                        )
        except NemotronError as error:
            reason = f" {error.reason}" if error.reason else ""
            raise RequestFailed(f"{error.code.name}{reason}", error.message) from error
