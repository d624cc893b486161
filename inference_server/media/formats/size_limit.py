"""The largest image that is accepted, checked before a decoder allocates memory."""

from dataclasses import dataclass

from inference_server.errors import InvalidArgument

# JPEG and GIF have no longer ones.
_MAX_SIDE = 65_535


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
        if max(size) > _MAX_SIDE:
            raise InvalidArgument(
                f"The image has {width} x {height} pixels; at most {_MAX_SIDE} are allowed on a "
                "side.",
                field=self.field,
            )
