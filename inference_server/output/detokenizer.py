"""Turns token ids into text as they come, one whole character after the other."""

import codecs

from inference_server.prompt.tokenizer import Tokenizer


class Detokenizer:
    """Decodes the bytes of the tokens, so that the pieces joined are the tokenizer's own decode."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def push(self, token_id: int) -> str:
        """The text that this token completes; an unfinished character is held back."""
        if self._tokenizer.is_hidden(token_id):
            return ""
        return self._decoder.decode(self._tokenizer.token_bytes(token_id))

    def flush(self) -> str:
        """What was held back, as a replacement character."""
        return self._decoder.decode(b"", final=True)
