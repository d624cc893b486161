"""All ops of inference_server.ops are found by search, so that a new one is checked too."""

import inspect
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import pytest
import torch

import inference_server.ops
from inference_server.ops.dispatch import Kernel, Op, on_cuda, without_gradients

ROOT = Path(inference_server.ops.__path__[0])


def ops() -> dict[str, Op]:
    """All ops, by the name of the module and their own."""
    modules = [
        import_module(".".join(("inference_server.ops", *path.relative_to(ROOT).parts))[:-3])
        for path in sorted(ROOT.rglob("*.py"))
        if not path.stem.startswith("__") and not path.stem.endswith("_kernel")
    ]
    found = {id(op): op for module in modules for op in vars(module).values() if isinstance(op, Op)}
    return {f"{op.__module__}.{op.__name__}": op for op in found.values()}


OPS = ops()


def test_every_op_is_found() -> None:
    assert len(OPS) >= 17


@pytest.mark.parametrize("name", OPS)
def test_kernel_has_the_signature_of_its_reference(name: str) -> None:
    op = OPS[name]
    assert inspect.signature(op.kernel) == inspect.signature(op.reference)


@pytest.mark.parametrize("name", OPS)
def test_op_looks_like_its_reference(name: str) -> None:
    op = OPS[name]
    assert inspect.signature(op) == inspect.signature(op.reference)
    assert op.__doc__ == op.reference.__doc__


@dataclass
class Value:
    is_cuda: bool


def make_op(*, when: Kernel | None = None) -> tuple[Op, list[str]]:
    """An op, and a list that gets a line for each import of its kernel."""
    imports: list[str] = []

    def import_kernel() -> Kernel:
        imports.append("imported")
        return lambda value, number=1: f"kernel {number}"

    @on_cuda(import_kernel, when=when)
    def op(value: Value, number: int = 1) -> str:
        return f"reference {number}"

    return op, imports


def test_kernel_is_imported_once_and_not_before_a_cuda_tensor() -> None:
    op, imports = make_op()
    assert op(Value(is_cuda=False), 2) == "reference 2"
    assert imports == []
    assert [op(Value(is_cuda=True), number=3) for _ in range(2)] == ["kernel 3"] * 2
    assert imports == ["imported"]


def test_condition_sees_the_arguments_of_cuda_calls_only() -> None:
    seen: list[int] = []

    def when(value: Value, number: int) -> bool:
        seen.append(number)
        return number > 5

    op, _ = make_op(when=when)
    assert op(Value(is_cuda=False), 7) == "reference 7"
    assert op(Value(is_cuda=True), 4) == "reference 4"
    assert op(Value(is_cuda=True), 6) == "kernel 6"
    assert seen == [4, 6]


def test_gradients_are_left_to_the_reference() -> None:
    op, _ = make_op(when=without_gradients)
    assert op(Value(is_cuda=True)) == "reference 1"
    with torch.no_grad():
        assert op(Value(is_cuda=True)) == "kernel 1"
