"""The one error of a video that is refused, whoever finds its fault."""


class VideoRefused(ValueError):
    """`name` is the field of the request's video at fault."""

    def __init__(self, message: str, name: str = "data") -> None:
        super().__init__(message)
        self.name = name
