"""Folds a stream's events into a Completion. It needs nothing but the contract's messages."""

from collections import defaultdict
from dataclasses import dataclass, field

from nemotron_vl.v1 import content_pb2, inference_pb2


class CompletionBuilder:
    """Takes the events of one stream in order; `completion` is the answer so far."""

    def __init__(self) -> None:
        self._head = inference_pb2.Started()
        self._tail = inference_pb2.Ended()
        self._choice_by_index: defaultdict[int, _Choice] = defaultdict(_Choice)

    def add(self, event: inference_pb2.StreamGenerateResponse) -> None:
        """Adds one event. An event of an unknown kind is skipped, as the contract requires."""
        match event.WhichOneof("event"):
            case "started":
                self._head = event.started
            case "delta":
                self._choice_by_index[event.delta.choice_index].add(event.delta)
            case "finish":
                self._choice_by_index[event.finish.choice_index].finish = event.finish
            case "ended":
                self._tail = event.ended
            case _:
                pass

    @property
    def completion(self) -> inference_pb2.Completion:
        """A new message each time, with its choices in order of index."""
        completion = inference_pb2.Completion(
            choices=[choice.build(index) for index, choice in sorted(self._choice_by_index.items())]
        )
        if self._head.HasField("id"):
            completion.id = self._head.id
        if self._head.HasField("model"):
            completion.model = self._head.model
        if self._head.HasField("create_time"):
            completion.create_time.CopyFrom(self._head.create_time)
        if self._tail.HasField("usage"):
            completion.usage.CopyFrom(self._tail.usage)
        if self._tail.HasField("timings"):
            completion.timings.CopyFrom(self._tail.timings)
        return completion


@dataclass(slots=True)
class _Choice:
    """The pieces of one choice, as lists, since repeated appending to a string is quadratic."""

    text: list[str] = field(default_factory=list[str])
    reasoning: list[str] = field(default_factory=list[str])
    logprobs: list[inference_pb2.TokenLogprob] = field(
        default_factory=list[inference_pb2.TokenLogprob]
    )
    tool_calls: defaultdict[int, list[inference_pb2.ToolCallDelta]] = field(
        default_factory=lambda: defaultdict(list)
    )
    finish: inference_pb2.Finish | None = None

    def add(self, delta: inference_pb2.Delta) -> None:
        if delta.HasField("text"):
            self.text.append(delta.text)
        if delta.HasField("reasoning"):
            self.reasoning.append(delta.reasoning)
        self.logprobs.extend(delta.logprobs)
        for piece in delta.tool_calls:
            self.tool_calls[piece.index].append(piece)

    def build(self, index: int) -> inference_pb2.Choice:
        return inference_pb2.Choice(
            index=index,
            text="".join(self.text) if self.text else None,
            reasoning="".join(self.reasoning) if self.reasoning else None,
            tool_calls=[_tool_call(pieces) for _, pieces in sorted(self.tool_calls.items())],
            finish=self.finish,
            logprobs=self.logprobs,
        )


def _tool_call(pieces: list[inference_pb2.ToolCallDelta]) -> content_pb2.ToolCall:
    return content_pb2.ToolCall(
        id=next((piece.id for piece in pieces if piece.HasField("id")), None),
        name=next((piece.name for piece in pieces if piece.HasField("name")), None),
        arguments="".join(piece.arguments for piece in pieces),
    )
