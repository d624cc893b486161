"""Turns text into token ids and back, by the checkpoint's own tokenizer and chat template.

Knows which tokens are special; knows neither messages nor media. Never imports torch.
"""

import json
import math
import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

from jinja2 import TemplateError
from tokenizers import AddedToken
from tokenizers import Tokenizer as FastTokenizer
from transformers import PreTrainedTokenizerFast

from inference_server.errors import InvalidArgument
from inference_server.prompt.slices import Slicer

_OWN_TEMPLATE = Path(__file__).parents[1] / "assets" / "demo_model" / "chat_template.jinja"

# Special in some vocabularies, but shown: they set reasoning and tool calls apart in an answer.
_MARKUP = frozenset({"<think>", "</think>", "<TOOLCALL>", "</TOOLCALL>"})


class Tokenizer:
    """A byte-level tokenizer, its special tokens and its chat template.

    eos_id ends an assistant's turn; vocab_size bounds the ids, added tokens included.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerFast) -> None:
        if tokenizer.chat_template is None:
            tokenizer.chat_template = _OWN_TEMPLATE.read_text(encoding="utf-8")
        fast = tokenizer.backend_tokenizer
        tokens = fast.get_vocab(with_added_tokens=True)
        added = fast.get_added_tokens_decoder()
        self._tokenizer = tokenizer
        state = _without_added_tokens(fast)
        self._plain = FastTokenizer.from_str(json.dumps(state))
        self._slicer = Slicer(state)
        self._token_by_id = {token_id: token for token, token_id in tokens.items()}
        self._added_id_by_token = {token.content: token_id for token_id, token in added.items()}
        self._hidden_ids = frozenset(
            token_id
            for token_id, token in added.items()
            if token.special and token.content not in _MARKUP
        )
        self._byte_by_char = _byte_by_char()
        if not self._byte_by_char.keys() <= tokens.keys():
            raise ValueError(
                "The checkpoint's tokenizer is not byte-level: only byte-level ones are supported."
            )
        if any(token[0].isalnum() for token in self._added_id_by_token):
            raise ValueError(
                "The checkpoint has special tokens that begin with a letter or digit, which is not "
                "supported."
            )
        self._added = _any_of(added.values())
        self._left_stripping = {token.content for token in added.values() if token.lstrip}
        # A normalizer may shorten a text, so that its length says nothing about its tokens.
        self._max_token_bytes = math.inf if fast.normalizer else max(map(len, tokens))
        self.eos_id = self.special_id(str(tokenizer.eos_token))
        self.vocab_size = max(self._token_by_id) + 1

    @classmethod
    def load(cls, path: Path) -> "Tokenizer":
        """Reads the tokenizer files of a checkpoint folder, offline and without its code."""
        return cls(PreTrainedTokenizerFast.from_pretrained(path, local_files_only=True))

    @property
    def chat_template(self) -> str:
        """The source of the template that `render` follows."""
        return str(self._tokenizer.chat_template)

    @property
    def special_tokens(self) -> frozenset[str]:
        """Every text that `split` turns into a single id."""
        return frozenset(self._added_id_by_token)

    def special_id(self, token: str) -> int:
        """The id of a special token. Raises ValueError if the vocabulary does not have it."""
        token_id = self._added_id_by_token.get(token)
        if token_id is None:
            raise ValueError(f"The checkpoint's tokenizer has no special token {token!r}.")
        return token_id

    def render(self, messages: list[dict[str, Any]], tools: list[Any] | None = None) -> str:
        """The conversation as the model reads it, up to where its answer begins."""
        try:
            rendered = self._tokenizer.apply_chat_template(
                messages, tools=tools, add_generation_prompt=True, tokenize=False
            )
        except TemplateError:
            message = "The model's chat template cannot render this order of messages."
            raise InvalidArgument(message, field="messages") from None
        return str(rendered)

    def split(self, rendered: str) -> list[int | str]:
        """Cuts a rendered text at its special tokens: gives their ids, and the texts between."""
        pieces: list[int | str] = []
        end = 0
        for match in self._added.finditer(rendered):
            token = match.group(match.lastindex or 0)
            before = rendered[end : match.start()]
            if token in self._left_stripping:
                before = before.rstrip()
            if before:
                pieces.append(before)
            pieces.append(self._added_id_by_token[token])
            end = match.end()
        if end < len(rendered):
            pieces.append(rendered[end:])
        return pieces

    def encode(self, text: str) -> list[int]:
        """The ids of a text in which nothing is special."""
        return [token_id for ids in self.encode_slices(text) for token_id in ids]

    def encode_slices(self, text: str) -> Iterator[list[int]]:
        """The same ids in pieces, each encoded when it is asked for."""
        for piece in self._slicer.slices(text):
            # Unlike the call for a single text, the batch call lets other threads run meanwhile.
            yield self._plain.encode_batch_fast([piece], add_special_tokens=False)[0].ids

    def least_tokens(self, text: str) -> int:
        """The least number of ids that `encode` can give, from the text's length alone."""
        return math.ceil(len(text.encode()) / self._max_token_bytes)

    def decode(self, token_ids: Iterable[int]) -> str:
        """The text of token ids, without special tokens and with broken characters replaced."""
        shown = (token_id for token_id in token_ids if token_id not in self._hidden_ids)
        return b"".join(map(self.token_bytes, shown)).decode("utf-8", errors="replace")

    def is_hidden(self, token_id: int) -> bool:
        """Whether `decode` leaves the token out."""
        return token_id in self._hidden_ids

    def token_bytes(self, token_id: int) -> bytes:
        """The bytes of a token: perhaps less than a character, none for an unused id."""
        token = self._token_by_id.get(token_id, "")
        if token in self._added_id_by_token:
            return token.encode()
        return bytes(self._byte_by_char[char] for char in token)


def _without_added_tokens(tokenizer: FastTokenizer) -> dict[str, Any]:
    """The same vocabulary and rules, for text in which nothing is special."""
    state: dict[str, Any] = json.loads(tokenizer.to_str())
    return state | {"added_tokens": [], "truncation": None, "padding": None}


def _any_of(tokens: Iterable[AddedToken]) -> re.Pattern[str]:
    """Matches any of the tokens, as a group. Longer ones come first, as one may begin with another.

    Tokens that strip whitespace alike share a group, so that the search can jump to their common
    beginning. Trying hundreds of tokens at every character would hold up all threads for seconds.
    Whitespace before a token is not part of the match: a search for it could begin anywhere in it.
    """
    alternatives = []
    longest_first = sorted(tokens, key=lambda token: -len(token.content))
    for strips, alike in groupby(longest_first, lambda token: token.rstrip):
        texts = "|".join(re.escape(token.content) for token in alike)
        alternatives.append(f"({texts})" + (r"\s*" if strips else ""))
    return re.compile("|".join(alternatives))


def _byte_by_char() -> dict[str, int]:
    """The alphabet of byte-level vocabularies: printable bytes, then stand-ins for the others."""
    printable = {*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    others = (byte for byte in range(256) if byte not in printable)
    alphabet = {chr(byte): byte for byte in printable}
    return alphabet | {chr(256 + index): byte for index, byte in enumerate(others)}
