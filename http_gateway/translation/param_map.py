"""Which parameter of the JSON body a field of the message was made from."""

import re

_LAST_STEP = re.compile(r"(\.[^.\[\]]+|\[[^\]]*\])$")

_PARAM_BY_FIELD = {
    "model": "model",
    "messages": "messages",
    "tools": "tools",
    "tool_choice": "tool_choice",
    "response_format": "response_format",
    "num_choices": "n",
    "sampling.max_tokens": "max_tokens",
    "sampling.min_tokens": "min_tokens",
    "sampling.temperature": "temperature",
    "sampling.top_p": "top_p",
    "sampling.top_k": "top_k",
    "sampling.min_p": "min_p",
    "sampling.seed": "seed",
    "sampling.frequency_penalty": "frequency_penalty",
    "sampling.presence_penalty": "presence_penalty",
    "sampling.repetition_penalty": "repetition_penalty",
    "sampling.stop": "stop",
    "sampling.stop_token_ids": "stop_token_ids",
    "sampling.ignore_eos": "ignore_eos",
    "sampling.include_stop": "include_stop_str_in_output",
    "sampling.logit_bias": "logit_bias",
    "sampling.top_logprobs": "top_logprobs",
}


class ParamMap:
    """Filled while a request is built, read when the server names a field."""

    def __init__(self) -> None:
        self._param_by_field = dict(_PARAM_BY_FIELD)

    def record(self, field: str, param: str) -> None:
        """Says that `field` of the message comes from `param` of the body."""
        self._param_by_field[field] = param

    def param(self, field: str) -> str | None:
        """The parameter behind a field, or behind the nearest thing around it."""
        while field not in self._param_by_field:
            shorter = _LAST_STEP.sub("", field)
            if shorter == field:
                return None
            field = shorter
        return self._param_by_field[field]
