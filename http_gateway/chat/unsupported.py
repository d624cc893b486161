"""Fields of other servers that are not supported here.

Ignoring such a field would change the meaning of the request, so it is refused by name, unless its
value is neutral and asks for what happens anyway.
"""

from collections.abc import Mapping
from typing import Any, cast

from http_gateway.errors import InvalidRequest

_NEUTRAL_BY_PARAM: Mapping[str, tuple[Any, ...]] = {
    "add_generation_prompt": (True,),
    "add_special_tokens": (False,),
    "allowed_token_ids": (),
    "audio": (),
    "bad_words": ([],),
    "best_of": (1,),
    "chat_template": (),
    "continue_final_message": (False,),
    "documents": ([],),
    "echo": (False,),
    "function_call": ("none",),
    "functions": ([],),
    "kv_transfer_params": ({},),
    "length_penalty": (1,),
    "logits_processors": ([],),
    "modalities": ([], ["text"]),
    "nvext.token_data": ([],),
    "nvext.use_raw_prompt": (False,),
    "prompt_logprobs": (),
    "return_token_ids": (False,),
    "return_tokens_as_token_ids": (False,),
    "skip_special_tokens": (True,),
    "structural_tag": (),
    "structured_outputs.structural_tag": (),
    "truncate_prompt_tokens": (),
    "use_beam_search": (False,),
    "vllm_xargs": ({},),
    "web_search_options": (),
}


def refuse_unsupported(body: Mapping[str, Any]) -> None:
    """Raises InvalidRequest that names the first such field."""
    for param, neutral in _NEUTRAL_BY_PARAM.items():
        value = _value(body, param)
        if value is not None and value not in neutral:
            raise InvalidRequest(f"`{param}` is not supported by this server.", param=param)


def _value(body: Mapping[str, Any], param: str) -> object:
    value: object = body
    for key in param.split("."):
        if not isinstance(value, Mapping):
            return None
        value = cast(Mapping[str, object], value).get(key)
    return value
