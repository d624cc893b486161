"""Turns the engine's outputs for one choice into the contract's events.

Tokens go one by one through detokenizer, reasoning, stop strings and tools, so that the answer does
not depend on how many of them come in one output.
"""

from collections.abc import Collection, Sequence

from nemotron_vl.v1 import inference_pb2

from inference_server.engine.types import FinishReason, StepOutput, TokenLogprob
from inference_server.output.detokenizer import Detokenizer
from inference_server.output.pending_logprobs import PendingLogprobs
from inference_server.output.reasoning import ReasoningSplitter
from inference_server.output.stop import StopStrings
from inference_server.output.tools import ToolCallParser
from inference_server.output.trim import TrailingSpace
from inference_server.prompt.tokenizer import Tokenizer


class ChoiceEvents:
    """The events of one choice: deltas while there is something to show, then one finish.

    A stop string ends the choice at the token that completes it. Later tokens of the same output
    are not counted, and the caller must cancel the sequence. The reasoning is not searched for stop
    strings, nor is the text of the first min_tokens tokens. Without parallel_tool_calls, the first
    complete call ends the choice.
    """

    def __init__(
        self,
        tokenizer: Tokenizer,
        *,
        choice_index: int,
        is_thinking: bool,
        stop: Sequence[str] = (),
        include_stop: bool = False,
        has_tools: bool = False,
        parallel_tool_calls: bool = True,
        min_tokens: int = 0,
        eos_token_ids: Collection[int] = (),
    ) -> None:
        self.is_finished = False
        self.num_tokens = 0
        self.num_reasoning_tokens = 0
        self._tokenizer = tokenizer
        self._choice_index = choice_index
        self._include_stop = include_stop
        self._min_tokens = min_tokens
        self._ends_of_turn = frozenset((tokenizer.eos_id, *eos_token_ids))
        self._detokenizer = Detokenizer(tokenizer)
        self._stop = StopStrings(stop, is_included=include_stop)
        self._reasoning = ReasoningSplitter(is_thinking=is_thinking)
        self._tools = (
            ToolCallParser(max_calls=None if parallel_tool_calls else 1) if has_tools else None
        )
        self._space = TrailingSpace()
        # Characters of the answer: before the search for stop strings, and after it.
        self._num_read = 0
        self._num_released = 0
        self._pending = PendingLogprobs()
        self._thoughts: list[str] = []
        self._texts: list[str] = []
        self._delta = inference_pb2.Delta(choice_index=choice_index)

    def push(self, output: StepOutput) -> list[inference_pb2.StreamGenerateResponse]:
        """The events of one output: none while its text is held back or after the finish."""
        if self.is_finished:
            return []
        finish = self._read(output)
        self.is_finished = finish is not None
        events = self._take_delta()
        if finish is not None:
            events.append(inference_pb2.StreamGenerateResponse(finish=finish))
        return events

    def _take_delta(self) -> list[inference_pb2.StreamGenerateResponse]:
        """One delta with everything since the last, or none while there is nothing to show."""
        delta, thought, text = self._delta, "".join(self._thoughts), "".join(self._texts)
        self._thoughts, self._texts = [], []
        is_due = self.is_finished and delta.num_tokens
        if not (thought or text or delta.tool_calls or is_due):
            return []
        if thought:
            delta.reasoning = thought
        if text:
            delta.text = text
        self._delta = inference_pb2.Delta(choice_index=self._choice_index)
        return [inference_pb2.StreamGenerateResponse(delta=delta)]

    def _read(self, output: StepOutput) -> inference_pb2.Finish | None:
        """Reads the output's tokens, up to the end of the choice if they contain it."""
        is_stopped = output.finish is FinishReason.STOP
        for index, token_id in enumerate(output.token_ids):
            self._count()
            is_stop_token = is_stopped and index == len(output.token_ids) - 1
            if is_stop_token and not self._include_stop:
                break
            start = self._num_read
            stop = self._show(self._detokenizer.push(token_id))
            if output.logprobs:
                self._pending.add(start, self._logprob(output.logprobs[index]))
            if stop is not None or self._is_full:
                return self._finish(output, stop=stop)
            self._take_logprobs()
        if output.finish is None:
            return None
        return self._finish(output, stop=self._show(self._detokenizer.flush()))

    @property
    def _is_full(self) -> bool:
        return self._tools is not None and self._tools.is_full

    def _count(self) -> None:
        self.num_tokens += 1
        self.num_reasoning_tokens += self._reasoning.is_thinking
        self._delta.num_tokens += 1

    def _take_logprobs(self) -> None:
        """Adds to the delta the log probabilities of tokens whose text is not held back."""
        num_held = self._space.num_held + (self._tools.num_held if self._tools else 0)
        num_shown = self._num_released - num_held
        entries = self._pending.take(num_shown, self._num_read - num_shown)
        self._delta.logprobs.extend(entries)

    def _show(self, text: str) -> str | None:
        """Adds to the delta the text that may be shown. Returns the stop string that ended it."""
        thought, answer = self._reasoning.push(text)
        self._thoughts.append(thought)
        self._num_read += len(answer)
        stop = None
        if self.num_tokens > self._min_tokens:
            answer, stop = self._stop.push(answer)
        self._show_answer(answer)
        return stop

    def _show_answer(self, answer: str) -> None:
        self._num_released += len(answer)
        if self._tools:
            answer, calls = self._tools.push(answer)
            self._delta.tool_calls.extend(calls)
        self._texts.append(self._space.push(answer))

    def _finish(self, output: StepOutput, *, stop: str | None) -> inference_pb2.Finish:
        finish = inference_pb2.Finish(choice_index=self._choice_index)
        stop_token_id = self._stop_token_id(output)
        if stop is not None:
            finish.stop = stop
        elif stop_token_id is not None:
            finish.stop_token_id = stop_token_id
        is_matched = finish.WhichOneof("matched") is not None
        is_cut = is_matched or output.finish is FinishReason.LENGTH
        self._flush(is_cut=is_cut, stop=stop or "", keeps_space=is_matched and self._include_stop)
        finish.reason = self._reason(output, is_matched=is_matched)
        return finish

    def _reason(
        self, output: StepOutput, *, is_matched: bool
    ) -> "inference_pb2.FinishReason.ValueType":
        if is_matched:
            return inference_pb2.FINISH_REASON_STOP
        if output.finish is FinishReason.LENGTH and not self._is_full:
            return inference_pb2.FINISH_REASON_LENGTH
        if self._tools and self._tools.num_calls:
            return inference_pb2.FINISH_REASON_TOOL_CALLS
        return inference_pb2.FINISH_REASON_STOP

    def _stop_token_id(self, output: StepOutput) -> int | None:
        """The token that ended the sequence, unless it is the model's own end of turn."""
        if output.finish is not FinishReason.STOP or not output.token_ids:
            return None
        token_id = output.token_ids[-1]
        return None if token_id in self._ends_of_turn else token_id

    def _flush(self, *, is_cut: bool, stop: str, keeps_space: bool) -> None:
        """Shows what each stage held back, without whitespace at the answer's end by default."""
        self._thoughts.append(self._reasoning.flush())
        self._show_answer(self._stop.flush())
        if self._tools:
            text, calls = self._tools.flush(is_cut=is_cut, next_text=stop)
            self._delta.tool_calls.extend(calls)
            self._texts.append(self._space.push(text))
        if keeps_space:
            self._texts.append(self._space.flush())
        self._take_logprobs()

    def _logprob(self, logprob: TokenLogprob) -> inference_pb2.TokenLogprob:
        entry = self._alternative(logprob.token_id, logprob.logprob)
        entry.top_logprobs.extend(self._alternative(*alternative) for alternative in logprob.top)
        return entry

    def _alternative(self, token_id: int, logprob: float) -> inference_pb2.TokenLogprob:
        token = self._tokenizer.token_bytes(token_id)
        return inference_pb2.TokenLogprob(token_id=token_id, token=token, logprob=logprob)
