"""Hashes the first samples of each set, to show that a change of the code changes none of them.

    python -m tools.demo_model.digest --count 200 --sets train     # compares with digests.json
    python -m tools.demo_model.digest --write                      # records 2,000 of each set

What is drawn depends on the libraries that draw and on the fetched assets, so the file states both
and digests are compared only where they agree.
"""

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from hashlib import sha256
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from tools.demo_model import assets, mix
from tools.demo_model.sample import Sample

EXPECTED = Path(__file__).with_name("digests.json")
SETS = ("train", "heldout", "second")
COUNT = 2000
BLOCK = 100
_LIBRARIES = ("pillow", "numpy", "matplotlib")


def draw(set_name: str, seed: int) -> Sample:
    """A sample of a set by the set's name."""
    if set_name != "second":
        return mix.sample(seed, "heldout" if set_name == "heldout" else "train")
    # Needs matplotlib, which nothing else does.
    from tools.demo_model import second_set

    return second_set.sample(seed)


def sample_digest(sample: Sample) -> str:
    """A hash of what the model sees, what is said, and what is checked in an answer."""
    picture = sample.facts["picture"]
    text = {
        "kind": sample.kind,
        "messages": sample.messages,
        "tools": sample.tools,
        "checked": {name: value for name, value in sample.facts.items() if name != "picture"},
        "bars": picture.get("categories", ()),
        "items": [(item["name"], item["plural"]) for item in picture.get("items", ())],
    }
    digest = sha256(json.dumps(text).encode())
    for array in (*sample.images, *sample.labels):
        digest.update(f"{array.dtype}{array.shape}".encode() + array.tobytes())
    return digest.hexdigest()


def digests_of(set_name: str, count: int, workers: int) -> dict[str, Any]:
    """Digests of the samples from seeds 0 to count - 1: by blocks of seeds, and by kinds."""
    with ProcessPoolExecutor(workers, get_context("fork")) as pool:
        drawn = list(pool.map(partial(_drawn, set_name), range(count), chunksize=10))
    by_block: dict[str, list[str]] = defaultdict(list)
    by_kind: dict[str, list[str]] = defaultdict(list)
    for seed, (kind, digest) in enumerate(drawn):
        by_block[str(seed // BLOCK * BLOCK)].append(digest)
        by_kind[kind].append(digest)
    return {"count": count, "blocks": _joined(by_block), "kinds": _joined(by_kind)}


def surroundings() -> dict[str, str]:
    """What the samples depend on beside the code."""
    digest = sha256()
    for file in sorted(path for path in assets.FOLDER.rglob("*") if path.is_file()):
        digest.update(str(file.relative_to(assets.FOLDER)).encode() + file.read_bytes())
    return {name: version(name) for name in _LIBRARIES} | {"assets": digest.hexdigest()[:16]}


def differences(found: Mapping[str, Any], expected: Mapping[str, Any]) -> list[str]:
    """The blocks, and with all samples the kinds, whose digests are not the expected ones."""
    parts = ["blocks"] + ["kinds"] * (found["count"] == expected["count"])
    whole_blocks = found["count"] // BLOCK * BLOCK
    return [
        f"{part[:-1]} {name}"
        for part in parts
        for name, digest in found[part].items()
        if (part == "kinds" or int(name) < whole_blocks) and expected[part].get(name) != digest
    ]


def _drawn(set_name: str, seed: int) -> tuple[str, str]:
    sample = draw(set_name, seed)
    return sample.facts["skill"] if set_name == "second" else sample.kind, sample_digest(sample)


def _joined(groups: Mapping[str, Sequence[str]]) -> dict[str, str]:
    return {
        name: sha256("".join(group).encode()).hexdigest()[:16] for name, group in groups.items()
    }


def main() -> None:
    args = _parse()
    found = {name: digests_of(name, args.count, args.workers) for name in args.sets}
    around = surroundings()
    if args.write:
        EXPECTED.write_text(json.dumps({"drawn with": around, "sets": found}, indent=1) + "\n")
        return
    expected = json.loads(EXPECTED.read_text())
    if around != expected["drawn with"]:
        sys.exit(f"not comparable: drawn with {around}, recorded with {expected['drawn with']}")
    changed = {name: differences(found[name], expected["sets"][name]) for name in found}
    for name, places in changed.items():
        print(f"{name}: {', '.join(places) if places else 'the same'}")
    sys.exit(any(changed.values()))


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=COUNT, help="samples of each set, by hundreds")
    parser.add_argument("--sets", nargs="+", choices=SETS, default=SETS)
    parser.add_argument("--workers", type=int, default=2, help="processes that draw")
    parser.add_argument("--write", action="store_true", help="record instead of comparing")
    return parser.parse_args()


if __name__ == "__main__":
    main()
