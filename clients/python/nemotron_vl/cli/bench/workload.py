"""The questions of a load, with images, a video, or text only. All are different."""

import mimetypes
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Literal

from nemotron_vl.cli.bench.png import noise_png

Kind = Literal["image", "text", "video"]

_WORDS = ("amber", "birch", "cloud", "dune", "ember", "fjord", "grove", "heron", "inlet", "moss")


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A conversation of one turn, not yet encoded for a transport."""

    system: str
    text: str
    kind: Kind
    media: bytes = b""
    media_type: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """Questions by number. Images are drawn, unless files are given, which are used in turn."""

    kind: Kind
    seed: int
    system: str
    prompt: str
    num_words: int
    width: int
    height: int
    files: Sequence[Path] = ()

    def question(self, number: int) -> Question:
        """The question with this number, always the same. Warm-ups have negative numbers."""
        seed = f"{self.seed} {number}"
        random = Random(seed)
        words = (random.choice(_WORDS) for _ in range(self.num_words))
        text = " ".join([self.prompt, *words])
        if self.kind == "text":
            return Question(system=self.system, text=text, kind=self.kind)
        media, media_type = self._media(number, seed)
        return Question(
            system=self.system, text=text, kind=self.kind, media=media, media_type=media_type
        )

    def _media(self, number: int, seed: str) -> tuple[bytes, str]:
        if not self.files:
            return noise_png(self.width, self.height, seed), "image/png"
        file = self.files[number % len(self.files)]
        guessed, _ = mimetypes.guess_type(file.name)
        return file.read_bytes(), guessed or f"{self.kind}/{file.suffix.removeprefix('.')}"
