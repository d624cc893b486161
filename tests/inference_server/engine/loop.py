"""The engine's loop without its thread, so that a test can stop it at any border."""

from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from inference_server.config import EngineConfig
from inference_server.engine.execution.cuda_graphs import Capture
from inference_server.engine.execution.runner import Pending, Runner
from inference_server.engine.execution.step import advance
from inference_server.engine.execution.step_graphs import step_shapes
from inference_server.engine.execution.vision_graphs import tile_sizes
from inference_server.engine.scheduling.budget import choose_budget
from inference_server.engine.scheduling.limits import Limits
from inference_server.engine.scheduling.plan import Plan
from inference_server.engine.scheduling.scheduler import Scheduler
from inference_server.engine.scheduling.sequence import Sequence
from inference_server.engine.startup.core import assemble
from inference_server.engine.startup.memory import MemoryPlan
from inference_server.engine.types import FinishReason, Prompt, Sampling, StepOutput, StepRecord
from inference_server.models.cache import Cache
from inference_server.models.nemotron_nano_vl import NemotronNanoVL


class RecordingRunner(Runner):
    """Remembers every plan, and the logits of every output by sequence id and output index."""

    def __init__(self, model: NemotronNanoVL, cache: Cache, **options: Any) -> None:
        super().__init__(model, cache, **options)
        self.plans: list[Plan] = []
        self.logits: dict[tuple[int, int], Tensor] = {}

    def forward(self, plan: Plan) -> Tensor:
        self.plans.append(plan)
        logits = super().forward(plan)
        for row, line in zip(plan.sampled, logits, strict=True):
            self.logits[row.sequence.id, row.output_index] = line.clone()
        return logits


@dataclass
class Answer:
    """All that came back for one sequence."""

    outputs: list[StepOutput] = field(default_factory=list)
    has_failed: bool = False

    @property
    def token_ids(self) -> list[int]:
        return [token_id for output in self.outputs for token_id in output.token_ids]

    @property
    def finish(self) -> FinishReason | None:
        return self.outputs[-1].finish if self.outputs else None


class Loop:
    """The engine's loop without its thread: every step is the test's."""

    def __init__(self, scheduler: Scheduler, runner: RecordingRunner, limits: Limits) -> None:
        self.scheduler = scheduler
        self.runner = runner
        self.limits = limits
        self.answers: dict[int, Answer] = {}
        self.records: list[StepRecord] = []
        self._pending: Pending | None = None

    def submit(self, prompt: Prompt, sampling: Sampling) -> int:
        self.limits.check(prompt, sampling)
        sequence_id = len(self.answers)
        self.answers[sequence_id] = Answer()
        self.scheduler.add(Sequence(sequence_id, prompt, sampling))
        return sequence_id

    def cancel(self, sequence_id: int) -> None:
        self.scheduler.cancel(sequence_id)

    @property
    def is_idle(self) -> bool:
        return self.scheduler.is_idle and self._pending is None

    def step(self) -> None:
        self._pending, result = advance(self.scheduler, self.runner, self._pending)
        self.records.append(result.record)
        for sequence_id, output in result.outputs:
            self.answers[sequence_id].outputs.append(output)
        for sequence_id in result.failed:
            self.answers[sequence_id].has_failed = True
        self.scheduler.check_integrity()

    def run(self) -> None:
        while not self.is_idle:
            self.step()
        assert self.scheduler.cache_usage == 0.0

    def logits(self, sequence_id: int) -> Tensor:
        """[outputs, V] of the tokens that count"""
        count = len(self.answers[sequence_id].token_ids)
        return torch.stack([self.runner.logits[sequence_id, index] for index in range(count)])

    @property
    def num_encoded_tiles(self) -> int:
        return sum(plan.num_tiles for plan in self.runner.plans)


def build_loop(
    model: NemotronNanoVL,
    *,
    num_blocks: int = 128,
    max_num_seqs: int = 8,
    max_num_batched_tokens: int = 64,
    max_tiles_per_step: int = 4,
    block_size: int = 4,
    max_vision_rows: int = 512,
    capture: Capture | None = None,
) -> Loop:
    """A loop around a loaded model, where the model is; with graphs if there is a capture."""
    config = EngineConfig(
        max_num_batched_tokens=max_num_batched_tokens,
        max_tiles_per_step=max_tiles_per_step,
        block_size=block_size,
    )
    memory = MemoryPlan(
        num_blocks=num_blocks,
        num_slots=max_num_seqs + 1,
        max_vision_rows=max_vision_rows,
        max_model_len=(num_blocks - 1) * block_size,
    )
    weight = model.language_model.embeddings.weight
    core = assemble(model, config, memory, choose_budget(config, weight.device.type))
    cache = Cache.allocate(
        model.config.language,
        num_blocks=num_blocks,
        block_size=block_size,
        num_slots=memory.num_slots,
        device=weight.device,
        dtype=weight.dtype,
        ssm_dtype=torch.float32,
    )
    runner = RecordingRunner(
        model, cache, num_slots=memory.num_slots, device=weight.device, dtype=weight.dtype
    )
    if capture is not None:
        runner.capture_vision(capture, tile_sizes(max_tiles_per_step))
        runner.capture_steps(capture, step_shapes(max_num_seqs), max_model_len=memory.max_model_len)
    return Loop(core.scheduler, runner, core.limits)
