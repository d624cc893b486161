"""The table of docs/performance.md: ours beside the peer, the floor and the goal."""

from collections.abc import Mapping
from dataclasses import dataclass

from tools.gpu.workbench import Result


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A line: what was measured under `key`, and what it is compared with.

    The peer is vLLM 0.24.0 on the same machine.
    """

    work: str
    key: str
    peer: str = ""
    floor: str = ""
    goal: str = ""


ROWS = (
    Row(work="copy, read + written", key="ceiling.copy", floor="4.21 TB/s"),
    Row(work="dense bf16, mlp_up at 4,096 tokens", key="ceiling.bf16.mlp_up", floor="750-780"),
    Row(work="dense fp8, one scale a tensor", key="ceiling.fp8_tensor.mlp_up", floor="1,340-1,400"),
    Row(work="dense fp8, one scale a row", key="ceiling.fp8_row.mlp_up"),
    Row(work="language model's weights read, batch 1", key="ceiling.weights.b1", floor="5.74 ms"),
    Row(work="the same, batch 64", key="ceiling.weights.b64", floor="6.25 ms"),
    Row(work="model step B=1, context 300", key="decode.b1.ctx300", floor="5.8 ms"),
    Row(work="model step B=8, context 300", key="decode.b8.ctx300"),
    Row(work="model step B=32, context 300", key="decode.b32.ctx300"),
    Row(work="model step B=64, context 300", key="decode.b64.ctx300", floor="10.7 ms"),
    Row(work="model step B=1, context 3,500", key="decode.b1.ctx3500"),
    Row(work="model step B=64, context 3,500", key="decode.b64.ctx3500", floor="12.0 ms"),
    Row(
        work="engine step B=1, context 300",
        key="engine.decode.b1.ctx300",
        peer="7.05 ms",
        floor="5.8 ms",
        goal="<= 6.3 ms",
    ),
    Row(
        work="engine step B=64, context 300",
        key="engine.decode.b64.ctx300",
        peer="13.87 ms",
        floor="10.7 ms",
        goal="<= 11.9 ms",
    ),
    Row(work="engine step B=64, context 3,500", key="engine.decode.b64.ctx3500", floor="12.0 ms"),
    Row(work="prefill of 3,400", key="prefill.one_prompt", peer="141 ms", floor="105 ms"),
    Row(
        work="prefill, steps of 8,192",
        key="prefill.step.rate",
        peer="25.3 k tok/s",
        floor="32.2 k tok/s",
        goal=">= 30 k tok/s",
    ),
    Row(work="mixed step, 64 decodes beside prompts", key="prefill.mixed.rate"),
    Row(work="vision, 1 tile", key="vision.1"),
    Row(work="vision, 13 tiles", key="vision.13", floor="30 ms", goal="<= 35 ms"),
    Row(work="vision, 52 tiles", key="vision.52"),
    Row(work="sampling B=64, temperature 1", key="sampling.plain.b64"),
    Row(work="engine alone, captions, 64 at once", key="engine.captions.64", floor="6.7 /s"),
)


def markdown(results: Mapping[str, Result]) -> str:
    """The table with what there is, rows without a result included."""
    lines = ["| work | ours | peer | floor | goal |", "|---|---|---|---|---|"]
    for row in ROWS:
        result = results.get(row.key)
        ours = f"{result.value:,.2f} {result.unit}".rstrip() if result else "not measured"
        lines.append(f"| {row.work} | {ours} | {row.peer} | {row.floor} | {row.goal} |")
    return "\n".join(lines) + "\n"
