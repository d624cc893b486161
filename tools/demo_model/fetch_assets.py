"""Gathers what the pictures are made of, by the ordinary Debian and npm clients.

    python -m tools.demo_model.fetch_assets

Needs apt-get, dpkg-deb and npm, once; about 100 MB are downloaded, under 36 MB are kept in
build/demo_model/assets. Nothing of it is committed.
"""

import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from tools.demo_model import assets, typefaces
from tools.demo_model.objects import THINGS, Thing

NPM_PACKAGES = ("@lobehub/fluent-emoji-3d@1.1.0", "@twemoji/svg@15.0.0", "@resvg/resvg-js@2.6.2")
EMOJI_FONT = "fonts-noto-color-emoji"
WORD_LIST = "wamerican-small"
# The only size at which the bitmaps of Noto Color Emoji exist.
EMOJI_FONT_SIZE = 109
VARIATION_SELECTOR = "\ufe0f"

# Its arguments are the size, and then pairs of an SVG and its PNG.
RASTERISE = """
const { Resvg } = require("@resvg/resvg-js");
const { readFileSync, writeFileSync } = require("fs");
const [size, ...files] = process.argv.slice(1);
for (let i = 0; i < files.length; i += 2) {
  const svg = new Resvg(readFileSync(files[i]), { fitTo: { mode: "width", value: +size } });
  writeFileSync(files[i + 1], svg.render().asPng());
}
"""


def main() -> None:
    shutil.rmtree(assets.FOLDER, ignore_errors=True)
    for style in assets.SPRITE_SETS:
        (assets.SPRITES / style).mkdir(parents=True)
    assets.FONTS.mkdir()
    with tempfile.TemporaryDirectory() as scratch:
        debian = _debian_packages(Path(scratch) / "debian")
        modules = _npm_packages(Path(scratch) / "npm")
        _keep_fonts(debian)
        _keep_words(debian)
        _keep_fluent(modules)
        _keep_noto(debian)
        _keep_twemoji(modules)


def _debian_packages(folder: Path) -> Path:
    faces = (*typefaces.TRAINING, *typefaces.HELD_OUT)
    names = sorted({face.package for face in faces} | {EMOJI_FONT, WORD_LIST})
    folder.mkdir()
    subprocess.run(["apt-get", "download", *names], cwd=folder, check=True)
    for package in sorted(folder.glob("*.deb")):
        subprocess.run(["dpkg-deb", "-x", package, folder], check=True)
    return folder


def _npm_packages(folder: Path) -> Path:
    command = ["npm", "install", "--silent", "--no-save", "--prefix", folder, *NPM_PACKAGES]
    subprocess.run(command, check=True)
    return folder / "node_modules"


def _keep_fonts(debian: Path) -> None:
    files = {file.name: file for file in sorted(debian.rglob("*.?tf"))}
    for face in (*typefaces.TRAINING, *typefaces.HELD_OUT):
        for name in (face.regular, face.bold):
            shutil.copyfile(files[name], assets.FONTS / name)


def _keep_words(debian: Path) -> None:
    words = (debian / "usr/share/dict/american-english-small").read_text(encoding="utf-8").split()
    plain = [word for word in words if re.fullmatch(r"[a-z]{3,9}", word)]
    assets.WORDS.write_text("\n".join(plain) + "\n", encoding="utf-8")


def _keep_fluent(modules: Path) -> None:
    folder = modules / "@lobehub" / "fluent-emoji-3d" / "assets"
    for thing in THINGS:
        # Some emoji are named with the variation selector, some without.
        file = next(
            path
            for path in (folder / f"{thing.code}.webp", folder / f"{thing.code}-fe0f.webp")
            if path.exists()
        )
        with Image.open(file) as picture:
            _save(picture.convert("RGBA"), "fluent", thing)


def _keep_noto(debian: Path) -> None:
    font = ImageFont.truetype(next(debian.rglob("NotoColorEmoji.ttf")), EMOJI_FONT_SIZE)
    for thing in THINGS:
        picture = Image.new("RGBA", (160, 160))
        character = chr(int(thing.code, 16)) + VARIATION_SELECTOR
        ImageDraw.Draw(picture).text((10, 10), character, font=font, embedded_color=True)
        _save(picture, "noto", thing)


def _keep_twemoji(modules: Path) -> None:
    folder = assets.SPRITES / "twemoji"
    names = {thing.code: modules / "@twemoji" / "svg" / f"{thing.code}.svg" for thing in THINGS}
    pairs = [str(file) for code, svg in names.items() for file in (svg, folder / f"{code}.png")]
    command = ["node", "-e", RASTERISE, str(assets.SPRITE_SIZE), *pairs]
    subprocess.run(command, cwd=modules.parent, check=True)
    for thing in THINGS:
        with Image.open(folder / f"{thing.code}.png") as picture:
            _save(picture.convert("RGBA"), "twemoji", thing)


def _save(picture: Image.Image, style: str, thing: Thing) -> None:
    """Cuts the transparent border off, so that a sprite's box is what one sees."""
    cut = picture.crop(picture.getchannel("A").getbbox())
    cut.thumbnail((assets.SPRITE_SIZE, assets.SPRITE_SIZE), Image.Resampling.LANCZOS)
    cut.save(assets.SPRITES / style / f"{thing.code}.png", optimize=True)


if __name__ == "__main__":
    main()
