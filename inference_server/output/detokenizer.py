"""Turns token ids into text as they come, in whole characters."""

import codecs

from inference_server.prompt.tokenizer import Tokenizer


class Detokenizer:
    """Decodes the tokens' bytes. The pieces joined equal the tokenizer's own decode."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def push(self, token_id: int) -> str:
        """The text that this token completes; an unfinished character is held back."""
        if self._tokenizer.is_hidden(token_id):
            return ""
        return self._decoder.decode(self._tokenizer.token_bytes(token_id))

    def flush(self) -> str:
        """The unfinished character that was held back, as a replacement character."""
        return self._decoder.decode(b"", final=True)
