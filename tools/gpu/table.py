"""The table of docs/performance.md: our numbers beside the peer, the floor and the goal."""

from collections.abc import Mapping
from dataclasses import dataclass

from tools.gpu.workbench import Result


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """The result under `key`, and the numbers that it is compared with.

    The peer is vLLM 0.24.0 on an NVIDIA H200.
    """

    work: str
    key: str
    peer: str = ""
    floor: str = ""
    goal: str = ""


LINES = (
    Line(work="copy, read + written", key="ceiling.copy", floor="4.21 TB/s"),
    Line(work="dense bf16, mlp_up at 4,096 tokens", key="ceiling.bf16.mlp_up", floor="750-780"),
    Line(
        work="dense fp8, one scale a tensor", key="ceiling.fp8_tensor.mlp_up", floor="1,340-1,400"
    ),
    Line(work="dense fp8, one scale a row", key="ceiling.fp8_row.mlp_up"),
    Line(work="language model's weights read, batch 1", key="ceiling.weights.b1", floor="5.74 ms"),
    Line(work="the same, batch 64", key="ceiling.weights.b64", floor="6.25 ms"),
    Line(work="model step B=1, context 300", key="decode.b1.ctx300", floor="5.8 ms"),
    Line(work="model step B=8, context 300", key="decode.b8.ctx300"),
    Line(work="model step B=32, context 300", key="decode.b32.ctx300"),
    Line(work="model step B=64, context 300", key="decode.b64.ctx300", floor="10.7 ms"),
    Line(work="the same, bf16 states (--ssm-dtype bfloat16)", key="decode.b64.ctx300.bf16_states"),
    Line(work="model step B=1, context 3,500", key="decode.b1.ctx3500"),
    Line(work="model step B=64, context 3,500", key="decode.b64.ctx3500", floor="12.0 ms"),
    Line(
        work="engine step B=1, context 300",
        key="engine.decode.b1.ctx300",
        peer="7.05 ms",
        floor="5.8 ms",
        goal="<= 6.3 ms",
    ),
    Line(
        work="engine step B=64, context 300",
        key="engine.decode.b64.ctx300",
        peer="13.87 ms",
        floor="10.7 ms",
        goal="<= 11.9 ms",
    ),
    Line(work="engine step B=64, context 3,500", key="engine.decode.b64.ctx3500", floor="12.0 ms"),
    Line(work="prefill of 3,400", key="prefill.one_prompt", peer="141 ms", floor="105 ms"),
    Line(
        work="prefill, steps of 8,192",
        key="prefill.step.rate",
        peer="25.3 k tok/s",
        floor="32.2 k tok/s",
        goal=">= 30 k tok/s",
    ),
    Line(work="mixed step, 64 decodes beside prompts", key="prefill.mixed.rate"),
    Line(work="vision, 1 tile", key="vision.1"),
    Line(work="vision, 13 tiles", key="vision.13", floor="30 ms", goal="<= 35 ms"),
    Line(work="vision, 52 tiles", key="vision.52"),
    Line(work="sampling B=64, temperature 1", key="sampling.plain.b64"),
    Line(work="engine alone, captions, 64 at once", key="engine.captions.64", floor="6.7 /s"),
    Line(
        work="cold start to a first answer",
        key="serve.cold_start",
        peer="185-278 s",
        goal="<= 60 s",
    ),
    Line(
        work="first token of a 13-tile caption, idle, HTTP",
        key="serve.idle_caption.first_token",
        peer="292-340 ms",
        floor="135 ms",
        goal="<= 175 ms",
    ),
    Line(
        work="whole caption of 128 tokens, idle",
        key="serve.idle_caption.end_to_end",
        peer="1,140-1,230 ms",
    ),
    Line(work="first token of a text, idle", key="serve.idle_text.first_token", peer="40-69 ms"),
    Line(
        work="captions, 16 in flight, HTTP",
        key="serve.captions_16.requests",
        peer="3.91-3.93 /s",
        goal=">= 5.0 /s",
    ),
    Line(
        work="captions, 64 in flight, HTTP",
        key="serve.captions_64.requests",
        peer="4.72-4.80 /s",
        floor="6.7 /s",
        goal=">= 5.9 /s",
    ),
    Line(
        work="the same, first token p50",
        key="serve.captions_64.first_token",
        peer="2,400-3,400 ms",
    ),
    Line(work="the same, worst gap between events", key="serve.captions_64.gap.max"),
    Line(
        work="text, 64 in flight, HTTP",
        key="serve.text_64.requests",
        peer="30.7-31.7 /s",
        goal=">= 38 /s",
    ),
    Line(work="the same, first token p50", key="serve.text_64.first_token", peer="257-307 ms"),
    Line(work="text, 64 in flight, gRPC", key="serve.text_64_grpc.requests"),
    Line(work="text, 256 in flight, HTTP", key="many.text_http.requests"),
    Line(work="text, 256 in flight, gRPC", key="many.text_grpc.requests"),
    Line(
        work="fp8: decode step B=1, from the stream",
        key="serve_fp8.idle_text.inter_token",
        peer="4.6 ms",
        floor="3 ms",
        goal="<= 3.6 ms",
    ),
    Line(
        work="fp8: first token of a 13-tile caption, idle",
        key="serve_fp8.idle_caption.first_token",
        peer="324 ms",
    ),
    Line(
        work="fp8: captions, 16 in flight",
        key="serve_fp8.captions_16.requests",
        peer="5.09 /s",
    ),
    Line(
        work="fp8: captions, 64 in flight",
        key="serve_fp8.captions_64.requests",
        peer="5.8-6.06 /s",
        floor="9.9 /s",
        goal=">= 8.5 /s",
    ),
    Line(work="fp8: text, 64 in flight", key="serve_fp8.text_64.requests", peer="39.5 /s"),
)


def title(*, sizes: str, device: str, date: str) -> str:
    """The heading: the model's sizes, the device and the date."""
    return f"# {sizes} sizes on {device}, {date}"


def markdown(results: Mapping[str, Result], *, is_comparable: bool) -> str:
    """The table, including lines without a result.

    The peer, the floor and the goal are shown only if the numbers are comparable with them.
    """
    rows = [("work", "ours", "peer", "floor", "goal"), ("---",) * 5]
    for line in LINES:
        result = results.get(line.key)
        ours = f"{result.value:,.2f} {result.unit}".rstrip() if result else "not measured"
        rows.append((line.work, ours, line.peer, line.floor, line.goal))
    num_columns = 5 if is_comparable else 2
    return "".join(f"| {' | '.join(row[:num_columns])} |\n" for row in rows)
