"""The mock engine's answer: facts about the images and videos, and a digest of the whole prompt.

Changing any pixel or any token changes the digest.
"""

import hashlib
from itertools import count

import numpy as np

from inference_server.engine.types import ImageMedia, Prompt, VideoMedia

_COLORS = {
    "black": (0, 0, 0),
    "white": (255, 255, 255),
    "gray": (128, 128, 128),
    "red": (200, 30, 30),
    "orange": (240, 140, 30),
    "yellow": (240, 230, 60),
    "green": (40, 150, 50),
    "cyan": (60, 210, 220),
    "blue": (40, 70, 200),
    "purple": (130, 50, 160),
    "pink": (245, 160, 190),
    "brown": (120, 75, 40),
}
_LUMA = (0.299, 0.587, 0.114)
# Frames, rows and columns that are averaged. The digest reads every pixel.
_MAX_SAMPLES = (16, 128, 128)
_CONSONANTS = "bdfghjklmnprstvz"
_VOWELS = "aiou"


def write_caption(prompt: Prompt) -> str:
    """A few sentences, the same for the same prompt."""
    media = [span.media for span in prompt.spans]
    numbers = {ImageMedia: count(1), VideoMedia: count(1)}
    sentences = [_describe(medium, next(numbers[type(medium)])) for medium in media]
    words = " ".join(_digest(prompt))
    return " ".join(
        [*sentences, f"This is a mock answer to {len(prompt)} tokens, in short: {words}."]
    )


def _describe(medium: ImageMedia | VideoMedia, number: int) -> str:
    if isinstance(medium, ImageMedia):
        height, width, _ = medium.pixels.shape
        return f"Image {number} is {width} by {height} pixels, {_look(medium.pixels[None])}."
    num_frames, height, width, _ = medium.frames.shape
    size = f"{num_frames} frames of {width} by {height} pixels"
    return f"Video {number} has {size}, {_look(medium.frames)}."


def _look(frames: np.ndarray) -> str:
    """Color, brightness and contrast of frames [F, height, width, 3]."""
    steps = [-(-size // limit) for size, limit in zip(frames.shape[:3], _MAX_SAMPLES, strict=True)]
    samples = frames[tuple(slice(None, None, step) for step in steps)].reshape(-1, 3)
    samples = samples.astype(np.float32)
    mean = samples.mean(axis=0)
    color = min(_COLORS, key=lambda name: float(np.square(mean - _COLORS[name]).sum()))
    luma = samples @ np.array(_LUMA, np.float32)
    brightness = _level(float(luma.mean()), ("dark", "of medium brightness", "bright"), (85, 170))
    contrast = _level(float(luma.std()), ("low", "medium", "high"), (20, 60))
    return f"{color} on average, {brightness}, of {contrast} contrast"


def _level(value: float, names: tuple[str, str, str], borders: tuple[float, float]) -> str:
    return names[sum(value >= border for border in borders)]


def _digest(prompt: Prompt) -> list[str]:
    """64 bits as four words that can be pronounced."""
    digest = hashlib.blake2b(prompt.token_ids.astype("<i4").tobytes(), digest_size=8)
    for span in prompt.spans:
        medium = span.media
        pixels = medium.pixels if isinstance(medium, ImageMedia) else medium.frames
        digest.update(repr((span.start, pixels.shape)).encode())
        digest.update(np.ascontiguousarray(pixels).reshape(-1).data)
    value = digest.digest()
    return [_word(value[index] << 8 | value[index + 1]) for index in range(0, len(value), 2)]


def _word(number: int) -> str:
    """16 bits as consonant, vowel, consonant, vowel, consonant."""
    letters = ""
    for alphabet in (_CONSONANTS, _VOWELS, _CONSONANTS, _VOWELS, _CONSONANTS):
        number, index = divmod(number, len(alphabet))
        letters += alphabet[index]
    return letters
