from pathlib import Path
from typing import Any

from nemotron_vl.cli.bench.workload import Workload


def workload(**changes: Any) -> Workload:
    values: dict[str, Any] = {
        "kind": "image",
        "seed": 0,
        "system": "/no_think",
        "prompt": "Look:",
        "num_words": 3,
        "width": 8,
        "height": 6,
    }
    return Workload(**{**values, **changes})


def test_no_two_questions_are_alike_and_the_same_seed_asks_the_same() -> None:
    numbers = range(-2, 20)
    asked = [workload().question(number) for number in numbers]
    assert len({question.media for question in asked}) == len(asked)
    assert asked == [workload().question(number) for number in numbers]
    assert not {q.media for q in asked} & {workload(seed=1).question(n).media for n in numbers}


def test_text_alone_is_as_long_as_asked() -> None:
    question = workload(kind="text", num_words=50).question(3)
    assert question.media == b""
    assert question.text.split()[0] == "Look:"
    assert len(question.text.split()) == 51


def test_files_are_taken_in_turn_with_their_types(tmp_path: Path) -> None:
    files = [tmp_path / "a.jpg", tmp_path / "b.mp4"]
    for file in files:
        file.write_bytes(file.name.encode())
    asked = [workload(files=files).question(number) for number in range(3)]
    assert [question.media for question in asked] == [b"a.jpg", b"b.mp4", b"a.jpg"]
    assert [question.media_type for question in asked[:2]] == ["image/jpeg", "video/mp4"]
