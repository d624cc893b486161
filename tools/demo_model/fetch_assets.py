"""Gathers what the pictures are made of, by the ordinary Debian and npm clients.

    python -m tools.demo_model.fetch_assets

Needs apt-get, dpkg-deb and npm, once; about 100 MB are downloaded, under 36 MB are kept in
build/demo_model/assets. Nothing of it is committed.
"""

import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from tools.demo_model.catalog import assets, typefaces
from tools.demo_model.catalog.objects import THINGS

_NPM_PACKAGES = ("@lobehub/fluent-emoji-3d@1.1.0", "@twemoji/svg@15.0.0", "@resvg/resvg-js@2.6.2")
_EMOJI_FONT = "fonts-noto-color-emoji"
_WORD_LIST = "wamerican-small"
# The only size at which the bitmaps of Noto Color Emoji exist.
_EMOJI_FONT_SIZE = 109
_VARIATION_SELECTOR = "\ufe0f"

# Its arguments are the size and the SVGs; each PNG lies beside its SVG.
_RASTERIZE = """
const { Resvg } = require("@resvg/resvg-js");
const { readFileSync, writeFileSync } = require("fs");
const [size, ...files] = process.argv.slice(1);
for (const file of files) {
  const svg = new Resvg(readFileSync(file), { fitTo: { mode: "width", value: +size } });
  writeFileSync(file + ".png", svg.render().asPng());
}
"""


def main() -> None:
    faces = (*typefaces.TRAINING, *typefaces.HELD_OUT)
    with tempfile.TemporaryDirectory() as scratch:
        debian, npm = Path(scratch) / "debian", Path(scratch) / "npm"
        _unpack_debian({face.package for face in faces} | {_EMOJI_FONT, _WORD_LIST}, debian)
        _run("npm", "install", "--silent", "--no-save", "--prefix", npm, *_NPM_PACKAGES)
        shutil.rmtree(assets.FOLDER, ignore_errors=True)
        _keep_fonts(debian, {name for face in faces for name in (face.regular, face.bold)})
        for style, pictures in (
            ("fluent", _fluent(npm)),
            ("noto", _noto(debian)),
            ("twemoji", _twemoji(npm)),
        ):
            _keep_sprites(style, pictures)
        # Last, since what it holds is how one knows that all is there.
        _keep_words(debian)


def _run(*command: str | Path, cwd: Path | None = None) -> None:
    subprocess.run(command, cwd=cwd, check=True)


def _unpack_debian(packages: set[str], folder: Path) -> None:
    folder.mkdir()
    _run("apt-get", "download", *sorted(packages), cwd=folder)
    for package in sorted(folder.glob("*.deb")):
        _run("dpkg-deb", "-x", package, folder)


def _keep_fonts(debian: Path, names: set[str]) -> None:
    assets.FONTS.mkdir(parents=True)
    for file in sorted(debian.rglob("*.?tf")):
        if file.name in names:
            shutil.copyfile(file, assets.FONTS / file.name)


def _keep_words(debian: Path) -> None:
    words = (debian / "usr/share/dict/american-english-small").read_text(encoding="utf-8").split()
    plain = [word for word in words if re.fullmatch(r"[a-z]{3,9}", word)]
    assets.WORDS.write_text("\n".join(plain) + "\n", encoding="utf-8")


def _fluent(npm: Path) -> list[Image.Image]:
    folder = npm / "node_modules/@lobehub/fluent-emoji-3d/assets"
    # Some emoji are named with the variation selector, some without.
    files = [
        next(folder.glob(f"{thing.code}.webp"), None) or folder / f"{thing.code}-fe0f.webp"
        for thing in THINGS
    ]
    return [Image.open(file) for file in files]


def _noto(debian: Path) -> list[Image.Image]:
    font = ImageFont.truetype(next(debian.rglob("NotoColorEmoji.ttf")), _EMOJI_FONT_SIZE)
    pictures = [Image.new("RGBA", (160, 160)) for _ in THINGS]
    for thing, picture in zip(THINGS, pictures, strict=True):
        character = chr(int(thing.code, 16)) + _VARIATION_SELECTOR
        ImageDraw.Draw(picture).text((10, 10), character, font=font, embedded_color=True)
    return pictures


def _twemoji(npm: Path) -> list[Image.Image]:
    files = [npm / "node_modules/@twemoji/svg" / f"{thing.code}.svg" for thing in THINGS]
    _run("node", "-e", _RASTERIZE, str(assets.SPRITE_SIZE), *files, cwd=npm)
    return [Image.open(f"{file}.png") for file in files]


def _keep_sprites(style: str, pictures: Sequence[Image.Image]) -> None:
    """Cuts the transparent border off, so that a sprite's box is what one sees."""
    folder = assets.SPRITES / style
    folder.mkdir(parents=True)
    for thing, picture in zip(THINGS, pictures, strict=True):
        drawn = picture.convert("RGBA")
        cut = drawn.crop(drawn.getchannel("A").getbbox())
        cut.thumbnail((assets.SPRITE_SIZE, assets.SPRITE_SIZE), Image.Resampling.LANCZOS)
        cut.save(folder / f"{thing.code}.png", optimize=True)


if __name__ == "__main__":
    main()
