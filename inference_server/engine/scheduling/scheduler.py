"""Decides which sequences run and what each step computes. Holds host data only, no tensors.

There are no prefill and decode phases: a sequence has computed some of its tokens and wants the
rest. Each step spends its token budget on decodes first, then on chunks, oldest sequence first.
"""

from bisect import insort
from collections.abc import Collection

from inference_server.engine.scheduling.blocks import BlockPool
from inference_server.engine.scheduling.budget import Budget
from inference_server.engine.scheduling.plan import Plan, Row
from inference_server.engine.scheduling.plan_builder import PlanBuilder
from inference_server.engine.scheduling.sequence import Sequence
from inference_server.engine.scheduling.slots import SlotPool
from inference_server.engine.scheduling.vision_cache import VisionCache
from inference_server.engine.types import FinishReason


class Scheduler:
    """Waiting and running sequences, and the pools of blocks, slots and media rows they use.

    A step may be scheduled while the one before it is in flight. A sequence's blocks, slot and
    media are released only when no step in flight has a row of it.
    """

    def __init__(
        self,
        *,
        blocks: BlockPool,
        slots: SlotPool,
        vision: VisionCache,
        budget: Budget,
    ) -> None:
        # Decodes go first: with a token for each slot, a decode never waits for budget.
        assert budget.max_num_tokens >= slots.num_usable
        self._blocks = blocks
        self._slots = slots
        self._vision = vision
        self._budget = budget
        self._sequences: dict[int, Sequence] = {}
        # Both in order of arrival.
        self._waiting: list[Sequence] = []
        self._running: list[Sequence] = []
        # Ended or preempted, but with a row still in flight.
        self._leaving: list[Sequence] = []
        self.num_waiting_tokens = 0
        self.num_preempted = 0

    @property
    def max_num_running(self) -> int:
        return self._slots.num_usable

    @property
    def num_waiting(self) -> int:
        return len(self._waiting)

    @property
    def num_running(self) -> int:
        return len(self._running)

    @property
    def cache_usage(self) -> float:
        return self._blocks.usage

    @property
    def is_idle(self) -> bool:
        return not (self._waiting or self._running or self._leaving)

    def add(self, sequence: Sequence) -> None:
        """Queues a sequence, which must fit when it runs alone."""
        self._sequences[sequence.id] = sequence
        self._enqueue(sequence)

    def cancel(self, sequence_id: int) -> None:
        """Ends a sequence in any state. Does nothing after its end."""
        if sequence_id in self._sequences:
            self._end(self._sequences[sequence_id])
            self._release_leaving()

    def schedule(self) -> Plan | None:
        """The plan of the next step, or None if nothing can be done before a step is collected."""
        builder = PlanBuilder(self._vision, self._budget)
        has_blocks = self._schedule_decodes(builder)
        builder.end_decodes()
        for sequence in self._running:
            if not sequence.is_decoding and builder.has_tokens_left:
                builder.add_chunk(sequence)
        if has_blocks:
            self._admit(builder)
        return builder.plan()

    def collect(self, plan: Plan, token_ids: list[int]) -> list[tuple[int, FinishReason | None]]:
        """Appends the tokens that a plan sampled, one for each row of plan.sampled.

        Returns the indices of the tokens that were kept, each with the finish reason if it was the
        sequence's last. Tokens of sequences that have ended meanwhile are dropped.
        """
        for row in plan.rows:
            row.sequence.num_in_flight -= 1
            self._unpin_passed(row)
        counted: list[tuple[int, FinishReason | None]] = []
        for index, (row, token_id) in enumerate(zip(plan.sampled, token_ids, strict=True)):
            if row.sequence.is_ended:
                continue
            finish = row.sequence.append(token_id)
            counted.append((index, finish))
            if finish is not None:
                self._end(row.sequence)
        self._release_leaving()
        return counted

    def fail_media(self, plan: Plan, keys: Collection[bytes]) -> tuple[Plan, list[int]]:
        """Ends all sequences that need an image or video which could not be encoded.

        Returns the plan without their rows, and their ids.
        """
        failed = [
            sequence
            for sequence in self._running
            if any(span.key in keys for span in sequence.pinned_spans)
        ]
        for row in plan.rows:
            if row.sequence in failed:
                row.sequence.num_in_flight -= 1
        for key in keys:
            self._vision.set_encoded(key, 0)
        for sequence in failed:
            self._end(sequence)
        self._release_leaving()
        rest = Plan(
            decodes=tuple(row for row in plan.decodes if row.sequence not in failed),
            chunks=tuple(row for row in plan.chunks if row.sequence not in failed),
            encodes=tuple(encode for encode in plan.encodes if encode.span.key not in keys),
            evicted=plan.evicted,
        )
        return rest, [sequence.id for sequence in failed]

    def fail_largest(self, plan: Plan) -> int:
        """Ends the sequence with the longest context in a plan that ran out of memory.

        Returns its id. The others are recomputed from their first token, because the step may have
        updated some of their states and not others.
        """
        for row in plan.rows:
            row.sequence.retreat(is_sampled=row.is_sampled)
        failed = max(plan.rows, key=lambda row: row.end).sequence
        self._end(failed)
        for row in plan.rows:
            if row.sequence is not failed:
                self._leave(row.sequence)
        self.num_preempted += len(plan.rows) - 1
        self._release_leaving()
        return failed.id

    def check_integrity(self) -> None:
        """Asserts that free and held entries add up in each pool."""
        holders = self._running + self._leaving
        self._blocks.check_integrity(sum(len(sequence.blocks) for sequence in holders))
        self._slots.check_integrity(len(holders))
        self._vision.check_integrity(sum(len(sequence.pinned_spans) for sequence in holders))
        assert len(self._sequences) == len(self._waiting) + sum(not s.is_ended for s in holders)
        assert self.num_waiting_tokens == sum(s.num_tokens for s in self._waiting)

    def _schedule_decodes(self, builder: PlanBuilder) -> bool:
        """Adds the decodes. Returns whether blocks sufficed without a preemption."""
        num_owed = 0
        num_preempted = self.num_preempted
        # Preemption removes sequences from the end of the list during this loop.
        index = 0
        while index < len(self._running):
            sequence = self._running[index]
            index += 1
            if not sequence.is_decoding or sequence.is_exhausted:
                continue
            missing = self._blocks.num_blocks_for(sequence.num_tokens) - len(sequence.blocks)
            if self._make_room(sequence, missing, num_owed):
                if missing:
                    sequence.append_blocks(self._blocks.allocate(missing))
                builder.add_decode(sequence)
            else:
                num_owed += missing
        return num_owed == 0 and self.num_preempted == num_preempted

    def _make_room(self, sequence: Sequence, missing: int, num_owed: int) -> bool:
        """Returns whether `missing` blocks are free for a decode now.

        If not, preempts the youngest sequences until those that are leaving hold enough blocks for
        this sequence and for the num_owed blocks that older ones wait for.
        """
        while self._blocks.num_free < missing:
            if num_owed + missing <= sum(len(leaving.blocks) for leaving in self._leaving):
                return False
            victim = self._running[-1]
            self.num_preempted += 1
            self._leave(victim)
            self._release_leaving()
            if victim is sequence:
                return False
        return True

    def _admit(self, builder: PlanBuilder) -> None:
        """Starts waiting sequences in order, each with room for all its tokens and media."""
        while self._waiting and self._slots.num_free and builder.has_tokens_left:
            sequence = self._waiting[0]
            num_blocks = self._blocks.num_blocks_for(sequence.num_tokens)
            if num_blocks > self._blocks.num_free or not self._vision.pin(sequence.prompt.spans):
                return
            self._dequeue(sequence)
            sequence.blocks = self._blocks.allocate(num_blocks)
            sequence.slot = self._slots.take()
            self._running.append(sequence)
            builder.add_chunk(sequence)

    def _end(self, sequence: Sequence) -> None:
        sequence.is_ended = True
        del self._sequences[sequence.id]
        if sequence in self._waiting:
            self._dequeue(sequence)
        elif sequence in self._running:
            self._leave(sequence)

    def _leave(self, sequence: Sequence) -> None:
        self._running.remove(sequence)
        self._leaving.append(sequence)

    def _release_leaving(self) -> None:
        """Releases what leaving sequences hold once no step in flight uses it."""
        released = [sequence for sequence in self._leaving if not sequence.num_in_flight]
        for sequence in released:
            self._leaving.remove(sequence)
            self._blocks.free(sequence.blocks)
            self._slots.give_back(sequence.slot)
            self._vision.unpin(sequence.pinned_spans)
            if not sequence.is_ended:
                sequence.restart()
                self._enqueue(sequence)

    def _unpin_passed(self, row: Row) -> None:
        sequence = row.sequence
        passed = [span for span in sequence.pinned_spans if span.end <= row.end]
        self._vision.unpin(passed)
        sequence.num_spans_passed += len(passed)

    def _enqueue(self, sequence: Sequence) -> None:
        insort(self._waiting, sequence, key=lambda waiting: waiting.id)
        self.num_waiting_tokens += sequence.num_tokens

    def _dequeue(self, sequence: Sequence) -> None:
        self._waiting.remove(sequence)
        self.num_waiting_tokens -= sequence.num_tokens
