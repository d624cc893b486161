"""Turns one request into events: prepares, submits, translates, and always cancels its sequences.

Knows neither gRPC nor torch. The caller has checked the request.
"""

import asyncio
import time
import uuid
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass, field, replace

from google.protobuf.duration_pb2 import Duration
from nemotron_vl.completion import CompletionBuilder
from nemotron_vl.v1 import inference_pb2, model_pb2
from nemotron_vl.v1.inference_pb2 import StreamGenerateResponse

from inference_server.caller import CALLER
from inference_server.engine.types import Engine, Load, Sampling, StepOutput, TokenStream
from inference_server.errors import Overloaded
from inference_server.interleave import merge
from inference_server.observability.metrics import Metrics
from inference_server.output.events import ChoiceEvents
from inference_server.preparation.preparer import Preparer
from inference_server.prompt.answer_size import most_tokens
from inference_server.prompt.build import BuiltPrompt
from inference_server.prompt.context_length import room_for_answer
from inference_server.prompt.sampling import build_sampling
from inference_server.prompt.tokenizer import Tokenizer
from serving.callers import CallerShares

# The distance between the seeds of a request's choices: 2^64 divided by the golden ratio. It is
# odd, so that no two choices get the same seed.
_SEED_STRIDE = 0x9E3779B97F4A7C15

# Tokens of a sequence that become events before others get their turn.
_MAX_TOKENS_AT_ONCE = 256


@dataclass(slots=True)
class _Times:
    """The times of a request's stages, by the monotonic clock."""

    accepted: float = field(default_factory=time.monotonic)
    prepared: float = 0.0
    first_token: float = 0.0

    def ended(self) -> inference_pb2.Timings:
        return inference_pb2.Timings(
            preparation=_duration(self.prepared - self.accepted),
            first_token=_duration(self.first_token - self.prepared),
            total=_duration(time.monotonic() - self.accepted),
        )


class Service:
    """Answers checked requests with an engine."""

    def __init__(
        self,
        *,
        engine: Engine,
        tokenizer: Tokenizer,
        preparer: Preparer,
        metrics: Metrics,
        model: model_pb2.Model,
        max_answer_logprobs: int,
        max_sequences_of_caller: int,
    ) -> None:
        self._engine = engine
        self._tokenizer = tokenizer
        self._preparer = preparer
        self._metrics = metrics
        self._model = model
        self._max_answer_logprobs = max_answer_logprobs
        self._sequences = CallerShares(max_sequences_of_caller)

    async def stream(
        self, generation: inference_pb2.Generation
    ) -> AsyncGenerator[StreamGenerateResponse]:
        """Yields the events of one request. The first comes with the first tokens, so that early
        failures come before any event."""
        times = _Times()
        started = inference_pb2.Started(id=uuid.uuid4().hex, model=self._model.name)
        started.create_time.GetCurrentTime()
        max_model_len = self._engine.max_model_len
        most = most_tokens(
            generation, max_model_len=max_model_len, max_logprobs=self._max_answer_logprobs
        )
        async with self._prepared(generation, max_model_len) as built:
            times.prepared = time.monotonic()
            started.prompt_tokens = len(built.prompt)
            choices = _choices(generation, built, self._tokenizer, self._model.defaults)
            streams: list[TokenStream] = []
            try:
                sampling = self._sampling(generation, built, most)
                for index in range(len(choices)):
                    stream = self._engine.submit(built.prompt, _seeded(sampling, index))
                    streams.append(stream)
                async with aclosing(_events(streams, choices, self._metrics)) as batches:
                    async for events in batches:
                        if not times.first_token:
                            times.first_token = time.monotonic()
                            yield StreamGenerateResponse(started=started)
                        for event in events:
                            yield event
            finally:
                for stream in streams:
                    stream.cancel()
                usage = _usage(built, choices)
                if times.first_token:
                    self._metrics.record_tokens(
                        prompt_tokens=usage.prompt_tokens,
                        completion_tokens=usage.completion_tokens,
                    )
                # It holds the pixels, which are no longer counted after this.
                del built
        self._metrics.record_answer(
            prompt_tokens=usage.prompt_tokens,
            completion_tokens=usage.completion_tokens,
            first_token_s=times.first_token - times.accepted,
            total_s=time.monotonic() - times.accepted,
        )
        yield StreamGenerateResponse(ended=inference_pb2.Ended(usage=usage, timings=times.ended()))

    async def complete(self, generation: inference_pb2.Generation) -> inference_pb2.Completion:
        """Gives the whole answer, folded from the events."""
        completion = CompletionBuilder()
        async with aclosing(self.stream(generation)) as events:
            async for event in events:
                completion.add(event)
        return completion.completion

    async def count(
        self, generation: inference_pb2.Generation
    ) -> inference_pb2.CountTokensResponse:
        """Counts the tokens of a conversation; submits nothing."""
        async with self._preparer.prepared(generation) as built:
            num_tokens = len(built.prompt)
            room = self._engine.max_model_len - num_tokens
            return inference_pb2.CountTokensResponse(
                prompt_tokens=num_tokens,
                text_tokens=num_tokens - built.image_tokens - built.video_tokens,
                image_tokens=built.image_tokens,
                video_tokens=built.video_tokens,
                media=built.media,
                max_model_len=self._engine.max_model_len,
                fits=room >= 1,
            )

    @asynccontextmanager
    async def _prepared(
        self, generation: inference_pb2.Generation, max_model_len: int
    ) -> AsyncGenerator[BuiltPrompt]:
        """The prompt, once the caller may have so many sequences more. Raises Overloaded."""
        caller, num_choices = CALLER.get(), generation.num_choices or 1
        if not self._sequences.has_room(caller, num_choices):
            raise Overloaded(
                f"One caller may have {self._sequences.most} sequences at a time, one for each "
                f"choice; this request's {num_choices} and those in flight are more."
            )
        async with AsyncExitStack() as stack:
            stack.enter_context(self._sequences.hold(caller, num_choices))
            # No name for it here, since it holds pixels.
            yield await stack.enter_async_context(
                self._preparer.prepared(generation, max_model_len=max_model_len)
            )

    def load(self) -> Load:
        return self._engine.load()

    def _sampling(
        self, generation: inference_pb2.Generation, built: BuiltPrompt, most: int
    ) -> Sampling:
        room = room_for_answer(
            len(built.prompt),
            generation.sampling,
            max_model_len=self._engine.max_model_len,
            num_video_tokens=built.video_tokens,
        )
        defaults = self._model.defaults
        return build_sampling(generation.sampling, room=min(room, most), defaults=defaults)


def _choices(
    generation: inference_pb2.Generation,
    built: BuiltPrompt,
    tokenizer: Tokenizer,
    defaults: model_pb2.Defaults,
) -> list[ChoiceEvents]:
    sampling = generation.sampling
    return [
        ChoiceEvents(
            tokenizer,
            choice_index=index,
            is_thinking=built.is_thinking,
            stop=tuple(sampling.stop),
            include_stop=sampling.include_stop,
            has_tools=built.has_tools,
            parallel_tool_calls=(
                generation.parallel_tool_calls or not generation.HasField("parallel_tool_calls")
            ),
            min_tokens=sampling.min_tokens,
            eos_token_ids=defaults.eos_token_ids,
        )
        for index in range(generation.num_choices or 1)
    ]


def _seeded(sampling: Sampling, choice_index: int) -> Sampling:
    """The first choice has the request's seed; the seeds of the others are derived from it."""
    if choice_index == 0:
        return sampling
    return replace(sampling, seed=(sampling.seed + choice_index * _SEED_STRIDE) % 2**63)


def _events(
    streams: Sequence[TokenStream], choices: Sequence[ChoiceEvents], metrics: Metrics
) -> AsyncGenerator[list[StreamGenerateResponse]]:
    pairs = zip(streams, choices, strict=True)
    sources = [_choice_events(stream, choice, metrics) for stream, choice in pairs]
    return sources[0] if len(sources) == 1 else merge(iter(sources), max_open=len(sources))


async def _choice_events(
    stream: TokenStream, choice: ChoiceEvents, metrics: Metrics
) -> AsyncGenerator[list[StreamGenerateResponse]]:
    """Yields one list of events for each output, empty while its text is held back."""
    last, num_tokens = 0.0, 1
    async for output in stream:
        for index, piece in enumerate(_pieces(output)):
            if index:
                await asyncio.sleep(0)
            events, now = choice.push(piece), time.monotonic()
            if choice.num_tokens > num_tokens:
                metrics.record_intervals(now - (last or now), choice.num_tokens - num_tokens)
            last, num_tokens = now, choice.num_tokens
            yield events
            if choice.is_finished:
                stream.cancel()
                return


def _pieces(output: StepOutput) -> Iterator[StepOutput]:
    """The output in pieces that take little time: a reader that lagged gets many tokens at once."""
    ids, logprobs = output.token_ids, output.logprobs
    for start in range(0, max(len(ids), 1), _MAX_TOKENS_AT_ONCE):
        end = start + _MAX_TOKENS_AT_ONCE
        yield StepOutput(
            token_ids=ids[start:end],
            logprobs=logprobs[start:end],
            finish=output.finish if end >= len(ids) else None,
        )


def _usage(built: BuiltPrompt, choices: Sequence[ChoiceEvents]) -> inference_pb2.Usage:
    return inference_pb2.Usage(
        prompt_tokens=len(built.prompt),
        completion_tokens=sum(choice.num_tokens for choice in choices),
        image_tokens=built.image_tokens,
        video_tokens=built.video_tokens,
        cached_tokens=0,
        reasoning_tokens=sum(choice.num_reasoning_tokens for choice in choices),
    )


def _duration(seconds: float) -> Duration:
    duration = Duration()
    duration.FromNanoseconds(int(seconds * 1e9))
    return duration
