"""The names that mean the served model, read as leniently as clients write them."""

from nemotron_vl.v1 import model_pb2

# What a client sends that has no name for the model.
_ANY = ("", "default")
# Routers such as litellm name the dialect before the model, and some pass it on.
_DIALECTS = ("openai/", "hosted_vllm/", "nvidia_nim/")


class ModelNames:
    """The model's name and aliases. Letter case does not count, nor a router's prefix."""

    def __init__(self, model: model_pb2.Model) -> None:
        known = (model.name, *model.aliases, *_ANY)
        self._names = frozenset(name.casefold() for name in known)

    def __contains__(self, name: str) -> bool:
        folded = name.strip().casefold()
        return folded in self._names or any(
            folded.startswith(dialect) and folded.removeprefix(dialect) in self._names
            for dialect in _DIALECTS
        )
