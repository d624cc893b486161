"""The fields of the body's models, found by walking their schema along a body that has them all."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from http_gateway.chat.body import ChatBody
from tests.robustness.inputs.bodies.values import Path

_ALL_TYPES = frozenset({"null", "boolean", "integer", "number", "string", "array", "object"})
_Node = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A place in the body, the JSON types it takes, and its words if it takes no others."""

    path: Path
    types: frozenset[str]
    words: tuple[str, ...]
    is_required: bool


def all_fields(sample: object) -> Iterator[Field]:
    """Every place of the sample that the models describe, the sample itself left out."""
    yield from _Walk().fields(sample)


def unvisited(sample: object) -> set[str]:
    """The fields of the models, as Model.field, that the sample does not have."""
    walk = _Walk()
    list(walk.fields(sample))
    models = {"ChatBody": walk.schema, **walk.schema["$defs"]}
    known = {f"{model}.{name}" for model, node in models.items() for name in node["properties"]}
    return known - walk.visited


class _Walk:
    def __init__(self) -> None:
        self.schema = ChatBody.model_json_schema()
        self.visited = set[str]()

    def fields(self, sample: object) -> Iterator[Field]:
        yield from self._inside((), self.schema, sample)

    def _inside(self, path: Path, node: _Node, value: Any) -> Iterator[Field]:
        if isinstance(value, dict):
            found = self._object(node, value)
            properties = found.get("properties", {})
            for key, inner in value.items():
                described = properties.get(key) or found.get("additionalProperties")
                if not isinstance(described, dict):
                    continue
                self.visited.add(f"{found.get('title')}.{key}")
                is_required = key in found.get("required", ())
                yield from self._field((*path, key), described, inner, is_required=is_required)
        if isinstance(value, list):
            (found,) = (one for one in self._variants(node) if one.get("type") == "array")
            for index, inner in enumerate(value):
                yield from self._field((*path, index), found["items"], inner, is_required=True)

    def _field(self, path: Path, node: _Node, value: Any, *, is_required: bool) -> Iterator[Field]:
        variants = list(self._variants(node))
        types = {one.get("type") for one in variants}
        words = [word for one in variants for word in self._words(one)]
        yield Field(
            path=path,
            types=_ALL_TYPES if None in types else frozenset(filter(None, types)),
            words=tuple(words),
            is_required=is_required,
        )
        yield from self._inside(path, node, value)

    def _variants(self, node: _Node) -> Iterator[_Node]:
        if "$ref" in node:
            node = self.schema["$defs"][node["$ref"].rpartition("/")[2]]
        inner = node.get("anyOf") or node.get("oneOf")
        if inner is None:
            yield node
        for one in inner or ():
            yield from self._variants(one)

    def _object(self, node: _Node, value: _Node) -> _Node:
        """The variant with most of the value's keys among what it requires."""
        objects = [one for one in self._variants(node) if one.get("type") == "object"]
        fitting = [one for one in objects if set(one.get("required", ())) <= value.keys()]
        return max(fitting, key=lambda one: len(one.get("required", ())), default={})

    @staticmethod
    def _words(node: _Node) -> list[str]:
        return node.get("enum") or ([node["const"]] if "const" in node else [])
