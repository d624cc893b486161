"""The most pixels that an image may have, checked before a decoder allocates memory."""

from dataclasses import dataclass

from inference_server.errors import InvalidArgument


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeLimit:
    """A number of pixels, and the field that holds the image."""

    max_pixels: int
    field: str

    def check(self, size: tuple[int, int]) -> None:
        """Raises InvalidArgument if an image of this width and height is too large."""
        width, height = size
        if width * height > self.max_pixels:
            raise InvalidArgument(
                f"The image has {width} x {height} pixels; at most {self.max_pixels} are allowed.",
                field=self.field,
            )
