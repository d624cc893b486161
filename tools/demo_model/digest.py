"""Hashes the first samples of each set, to show that a change of the code changes none of them.

    python -m tools.demo_model.digest [--count 200] [--sets train]

What is drawn depends on the libraries that draw and on the fetched assets, so digests.json states
both, and digests are compared only where they agree. It has a digest per hundred samples and, over
all of them, per kind.
"""

import argparse
import json
import os
import sys
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from hashlib import sha256
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path

from tools.demo_model import mix, second_set
from tools.demo_model.catalog import assets
from tools.demo_model.sample import Sample

EXPECTED = Path(__file__).with_name("tests") / "digests.json"
SETS: dict[str, Callable[[int], Sample]] = {
    "train": mix.sample,
    "heldout": partial(mix.sample, split="heldout"),
    "second": second_set.sample,
}
COUNT, BLOCK = 2000, 100
Digests = dict[str, dict[str, str]]


def digests_of(sets: Sequence[str], count: int) -> Digests:
    """For each set the digests of the samples from seeds 0 to count - 1, by block and by kind."""
    found: Digests = {}
    with ProcessPoolExecutor(os.cpu_count(), get_context("fork")) as pool:
        for name in sets:
            parts: dict[str, str] = defaultdict(str)
            digests = pool.map(partial(_digest, name), range(count), chunksize=10)
            for seed, (kind, digest) in enumerate(digests):
                parts[f"seeds from {seed // BLOCK * BLOCK:04}"] += digest
                if count == COUNT:
                    parts[kind] += digest
            found[name] = {
                part: sha256(text.encode()).hexdigest()[:16] for part, text in parts.items()
            }
    return found


def surroundings() -> dict[str, str]:
    """The versions and assets that the samples depend on besides the code."""
    digest = sha256()
    for file in sorted(path for path in assets.FOLDER.rglob("*") if path.is_file()):
        digest.update(str(file.relative_to(assets.FOLDER)).encode() + file.read_bytes())
    versions = {name: version(name) for name in ("pillow", "numpy", "matplotlib")}
    return versions | {"assets": digest.hexdigest()[:16]}


def changed(found: Digests, expected: Digests) -> list[str]:
    """The parts of the sets whose digests are not the expected ones."""
    return [
        f"{name}: {part}"
        for name, parts in found.items()
        for part, _ in sorted(parts.items() - expected[name].items())
    ]


def _digest(set_name: str, seed: int) -> tuple[str, str]:
    """The sample's kind, and a hash of what is seen, what is said and what answers are held to."""
    sample = SETS[set_name](seed)
    facts = dict(sample.facts)
    picture = facts.pop("picture")
    items = [(item["name"], item["plural"]) for item in picture.get("items", ())]
    truth = [sample.kind, facts, picture.get("categories", ()), items]
    digest = sha256(json.dumps([truth, sample.messages, sample.tools]).encode())
    for array in (*sample.images, *sample.labels):
        digest.update(f"{array.dtype}{array.shape}".encode() + array.tobytes())
    return facts["skill"] if set_name == "second" else sample.kind, digest.hexdigest()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=COUNT, help="samples of each set: hundreds")
    parser.add_argument("--sets", nargs="+", choices=SETS, default=[*SETS])
    parser.add_argument("--write", action="store_true", help="record instead of comparing")
    args = parser.parse_args()
    around = surroundings()
    expected = json.loads(EXPECTED.read_text())
    if not args.write and around != expected["drawn with"]:
        print(f"not compared: drawn with {around}, recorded with {expected['drawn with']}")
        return
    found = digests_of(args.sets, args.count)
    if args.write:
        recorded = {"drawn with": around, "sets": expected["sets"] | found}
        EXPECTED.write_text(json.dumps(recorded, indent=1, sort_keys=True) + "\n")
    elif differing := changed(found, expected["sets"]):
        sys.exit("\n".join(["samples are not as recorded:", *differing]))
    else:
        print("all samples are as recorded")


if __name__ == "__main__":
    main()
