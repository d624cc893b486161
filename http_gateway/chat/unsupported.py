"""Fields of other servers that are not supported here.

Ignoring such a field would change the meaning of the request, so it is refused by name, unless its
value is neutral and asks for what happens anyway.
"""

import json
from collections.abc import Mapping
from typing import Any, cast

from http_gateway.errors import InvalidRequest

NEUTRAL_BY_PARAM: Mapping[str, tuple[Any, ...]] = {
    # The template sets its own special tokens, whatever this says.
    "add_special_tokens": (True, False),
    "allowed_token_ids": (),
    "audio": (),
    "bad_words": ([],),
    "best_of": (1,),
    "chat_template": (),
    "detokenize": (True,),
    "documents": ([],),
    "early_stopping": (False,),
    "echo": (False,),
    "function_call": ("none", "auto"),
    "functions": ([],),
    "kv_transfer_params": ({},),
    "length_penalty": (1,),
    "logits_processors": ([],),
    "modalities": ([], ["text"]),
    "num_beams": (1,),
    "nvext.token_data": ([],),
    "nvext.use_raw_prompt": (False,),
    "prediction": (),
    "priority": (0,),
    "prompt_logprobs": (),
    "return_token_ids": (False,),
    "return_tokens_as_token_ids": (False,),
    # Special tokens are never shown.
    "skip_special_tokens": (True, False),
    "spaces_between_special_tokens": (True, False),
    "structural_tag": (),
    "structured_outputs.structural_tag": (),
    "truncate_prompt_tokens": (-1,),
    "use_beam_search": (False,),
    "vllm_xargs": ({},),
    "web_search_options": (),
}


def refuse_unsupported(body: Mapping[str, Any]) -> None:
    """Raises InvalidRequest that names the first such field."""
    for param, neutral in NEUTRAL_BY_PARAM.items():
        value = _value(body, param)
        if value is not None and not any(_is_same(value, one) for one in neutral):
            raise InvalidRequest(
                f"`{param}` is not supported by this server{_allowed(neutral)}.", param=param
            )


def _is_same(value: object, neutral: object) -> bool:
    """Whether they are the same in JSON, where true is not 1."""
    return value == neutral and isinstance(value, bool) is isinstance(neutral, bool)


def _allowed(neutral: tuple[Any, ...]) -> str:
    values = " or ".join(json.dumps(value) for value in neutral)
    return f"; it may be {values}, or left out" if values else "; leave it out"


def _value(body: Mapping[str, Any], param: str) -> object:
    value: object = body
    for key in param.split("."):
        if not isinstance(value, Mapping):
            return None
        value = cast(Mapping[str, object], value).get(key)
    return value
