"""The small random checkpoint that the tests of models read too."""

from tests.inference_server.models.conftest import checkpoint, config, sizes, tokenizer

__all__ = ["checkpoint", "config", "sizes", "tokenizer"]
