"""Where the fonts, the sprites and the words lie once `fetch_assets` has gathered them."""

from pathlib import Path

FOLDER = Path(__file__).parents[3] / "build" / "demo_model" / "assets"
FONTS = FOLDER / "fonts"
SPRITES = FOLDER / "sprites"
WORDS = FOLDER / "words.txt"

SPRITE_SIZE = 128
# Emoji sets by their folder under SPRITES, with the license of the artwork.
SPRITE_SETS = {"fluent": "MIT", "noto": "OFL-1.1", "twemoji": "CC-BY-4.0"}
