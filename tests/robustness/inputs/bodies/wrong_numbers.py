"""Each number of the body at and beyond its limits."""

from collections.abc import Iterator
from typing import Any

from tests.robustness.inputs.answers import Case
from tests.robustness.inputs.bodies.fields import all_fields
from tests.robustness.inputs.bodies.samples import EVERYTHING, FILE, FRAMES, IMAGE, TEXT, Body
from tests.robustness.inputs.bodies.values import Raw, changed, param, path_of

_INT32 = 2**31 - 1
_MAX = 1.7976931348623157e308

# The lowest and the highest value of docs/http.md, and whether -1 is read as a value not given.
_RANGES: dict[str, tuple[float, float]] = {
    "n": (1, 32),
    "max_tokens": (1, _INT32),
    "max_completion_tokens": (1, _INT32),
    "min_tokens": (0, 2),
    "temperature": (0.0, 100.0),
    "top_p": (0.0, 1.0),
    "top_k": (-1, _INT32),
    "min_p": (0.0, 1.0),
    "seed": (-(2**63), 2**64 - 1),
    "frequency_penalty": (-2.0, 2.0),
    "presence_penalty": (-2.0, 2.0),
    "repetition_penalty": (5e-45, 100.0),
    "stop_token_ids[0]": (0, 131_071),
    "logit_bias.5": (-100.0, 100.0),
    "nvext.top_k": (-1, _INT32),
    "nvext.min_p": (0.0, 1.0),
    "nvext.repetition_penalty": (5e-45, 100.0),
    "media_io_kwargs.video.fps": (1e-300, _MAX),
    "media_io_kwargs.video.num_frames": (1, 128),
    "media_io_kwargs.video.video_pruning_rate": (0.0, 0.9999999999999999),
    "media_io_kwargs.video.pruning_rate": (0.0, 0.9999999999999999),
    "mm_processor_kwargs.max_num_tiles": (1, 12),
    "mm_processor_kwargs.fps": (1e-300, _MAX),
    "mm_processor_kwargs.num_frames": (1, 128),
    "mm_processor_kwargs.video_pruning_rate": (0.0, 0.9999999999999999),
    "messages[0].content[0].fps": (1e-300, _MAX),
    "messages[0].content[0].sample_fps": (1e-300, _MAX),
    "top_logprobs": (0, 20),
}
_REFUSED = ("thinking_token_budget", "nvext.max_thinking_tokens")
_MINUS_ONE_IS_NONE = ("max_tokens", "max_completion_tokens", "fps", "num_frames", "sample_fps")

# Of no type that JSON or a message has.
_NO_NUMBERS = ("NaN", "Infinity", "-Infinity", "1e999", "-1e999", "9" * 400, "-" + "9" * 5000)
_HUGE = (2**31, -(2**31) - 1, 2**53 + 1, 2**63, -(2**63) - 1, 2**64, 10**30, 1e308, -1e308)
_HALVES = (0.5, 1.5, 1 + 1e-9)
# Rules of the video itself: both ways, rates near 0, and more than a file has.
_ALSO = {"fps": "messages[0].content[0]", "num_frames": "messages[0].content[0]"}


def wrong_numbers() -> Iterator[Case]:
    """One case for each number and each value outside its range or type."""
    for name, (low, high) in _RANGES.items():
        for value in (*_outside(name, low, high), *map(Raw, _NO_NUMBERS)):
            yield _case(name, value)
    for name in _REFUSED:
        for value in (0, -1, 1, _INT32, *_HUGE):
            yield _case(name, value)


def limits() -> Iterator[Case]:
    """The lowest and highest values themselves, which may pass."""
    for name, ends in _RANGES.items():
        for value in ends:
            yield _case(name, value, may_pass=True)


def unlisted() -> set[str]:
    """Numbers of the models that have no range here."""
    fields = (field for field in all_fields(EVERYTHING) if field.types & {"integer", "number"})
    names = {param(field.path) for field in fields if "object" not in field.types}
    videos = {f"messages[1].content[{part}]" for part in (5, 6)}
    return {
        name
        for name in names
        if not (name in _RANGES or name in _REFUSED or name.rpartition(".")[0] in videos)
    }


def _outside(name: str, low: float, high: float) -> Iterator[float]:
    is_whole = isinstance(low, int)
    below = low - 1 if is_whole else low - max(abs(low) * 1e-6, 1e-6)
    above = high + 1 if is_whole else high * (1 + 1e-6)
    for value in dict.fromkeys((below, above, *_HUGE, *(_HALVES if is_whole else ()))):
        is_none = value == -1 and name.rpartition(".")[2] in _MINUS_ONE_IS_NONE
        is_inside = low <= value <= high and (not is_whole or float(value).is_integer())
        if not is_inside and not is_none and value not in (float("inf"), float("-inf")):
            yield value


def _case(name: str, value: Any, *, may_pass: bool = False) -> Case:
    path = path_of(name)
    last = str(path[-1])
    params = (name,)
    if isinstance(value, Raw):
        # Most of these are no JSON, of which no field can be named.
        params = ()
    elif last == "5" or path[0] == "stop_token_ids":
        # The server names the list.
        params = (param(path[:1]),)
    elif last in _ALSO and may_pass:
        params = (name, _ALSO[last])
    elif "pruning_rate" in last:
        params = (name, "mm_processor_kwargs.video_pruning_rate")
    text = value.text[:40] if isinstance(value, Raw) else repr(value)
    body = changed(_sample(name), path, value)
    return Case(name=f"{name} = {text}", body=body, params=params, may_pass=may_pass)


def _sample(name: str) -> Body:
    if name == "top_logprobs":
        return TEXT | {"logprobs": True}
    if name.endswith("num_frames"):
        return FILE
    if name.startswith(("media_io", "messages")) or "fps" in name or "pruning" in name:
        return FRAMES
    return IMAGE if "tiles" in name else TEXT
