"""Encodes a rendered conversation in one call."""

from inference_server.prompt.tokenizer import Tokenizer


def encode_rendered(tokenizer: Tokenizer, rendered: str) -> list[int]:
    """The ids of a text in which special tokens are special."""
    ids: list[int] = []
    for piece in tokenizer.split(rendered):
        ids.extend([piece] if isinstance(piece, int) else tokenizer.encode(piece))
    return ids
