"""Imports go one way. Read from the syntax trees, and for the heavy libraries from processes."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from fnmatch import fnmatch
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CLIENT = "clients/python/nemotron_vl"

# What each part of inference_server may use of its siblings, LEAVES apart.
USES = {
    "__main__": {"cli"},
    "cli": {"lifecycle", "settings"},
    "lifecycle": {
        "checkpoint",
        "loading",
        "preparation",
        "prompt",
        "rpc",
        "service",
        "first_answer",
    },
    "loading": {"checkpoint", "engine", "media", "prompt"},
    "settings": set[str](),
    "rpc": {"interleave", "prompt", "service"},
    "service": {"interleave", "output", "preparation", "prompt"},
    "preparation": {"media", "prompt"},
    "first_answer": {"preparation", "prompt"},
    "interleave": set[str](),
    "output": {"prompt"},
    "prompt": {"media"},
    "media": set[str](),
    "engine": {"checkpoint", "models", "ops"},
    "models": {"checkpoint", "ops"},
    "checkpoint": {"ops"},
    "ops": set[str](),
}
LEAVES = {"config", "errors", "observability", "engine.types"}

# Where each library may be imported: paths that start with one of these, or match it.
HOMES = {
    ("torch",): (
        "inference_server/checkpoint/stored_tensor.py",
        "inference_server/checkpoint/tensor_stream.py",
        "inference_server/checkpoint/weights.py",
        "inference_server/engine/",
        "inference_server/models/",
        "inference_server/ops/",
    ),
    ("triton",): ("inference_server/ops/*_kernel.py",),
    ("av", "PIL"): ("inference_server/media/",),
    ("transformers",): ("inference_server/prompt/tokenizer.py",),
    ("aiohttp",): ("http_gateway/", f"{CLIENT}/cli/bench/http_transport.py"),
    ("uvloop",): ("http_gateway/",),
    ("rich",): (f"{CLIENT}/cli/",),
    ("grpc", "grpc_health", "grpc_reflection", "grpc_status"): (
        "inference_server/rpc/",
        "http_gateway/",
        CLIENT,
    ),
    ("nemotron_vl", "google"): (
        "inference_server/rpc/",
        "inference_server/service.py",
        "inference_server/preparation.py",
        "inference_server/first_answer.py",
        "inference_server/prompt/",
        "inference_server/output/",
        "http_gateway/",
        CLIENT,
    ),
    ("asyncio", "threading"): (
        "inference_server/cli.py",
        "inference_server/lifecycle.py",
        "inference_server/interleave.py",
        "inference_server/media/pixel_budget.py",
        "inference_server/preparation.py",
        "inference_server/rpc/",
        "inference_server/service.py",
        "inference_server/engine/engine.py",
        "inference_server/engine/mock/engine.py",
        "inference_server/engine/stream.py",
        "http_gateway/",
        CLIENT,
    ),
    ("inference_server",): ("inference_server/",),
    ("http_gateway",): ("http_gateway/",),
    ("serving",): ("http_gateway/", "inference_server/", "serving/"),
    ("pydantic_settings",): ("serving/",),
}
# Inside a function, so that whoever does not need them does not load torch or aiohttp.
LAZY = {"inference_server/loading.py", f"{CLIENT}/cli/bench/__init__.py"}
# Imported inside functions too, since Triton is only where a GPU is.
KERNEL = "_kernel"


def files() -> Iterator[Path]:
    for folder in ("inference_server", "http_gateway", "serving", CLIENT):
        yield from (path for path in (ROOT / folder).rglob("*.py") if path.parent.name != "v1")


def imported(tree: ast.AST) -> Iterator[str]:
    """Dotted names of what a tree imports; `from a import b` gives both a and a.b."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.module, "relative imports hide where they go"
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    parts = parts[2:] if parts[0] == "clients" else parts
    return ".".join(parts).removesuffix(".__init__")


IMPORTS = {path: set(imported(ast.parse(path.read_text()))) for path in files()}
PATH_BY_MODULE = {module_name(path): path for path in IMPORTS}


def part_of(module: str) -> str:
    """The part of inference_server that a module belongs to: a key of USES, or a leaf."""
    name = module.removeprefix("inference_server.")
    return name if name in LEAVES else name.partition(".")[0]


def test_nothing_imports_upward() -> None:
    upward = [
        (part_of(module_name(path)), module)
        for path, names in IMPORTS.items()
        for module in names & PATH_BY_MODULE.keys()
        if module_name(path).startswith("inference_server.")
        and module.startswith("inference_server.")
        and part_of(module) not in LEAVES | {part_of(module_name(path))}
        and part_of(module) not in USES.get(part_of(module_name(path)), set())
    ]
    assert upward == []


def test_there_is_no_cycle() -> None:
    """A package's own __init__ does not count: it is run before any of its modules anyway."""
    modules = {name for name, path in PATH_BY_MODULE.items() if path.name != "__init__.py"}
    graph = {module_name(path): names & modules for path, names in IMPORTS.items()}
    TopologicalSorter(graph).prepare()


@pytest.mark.parametrize("libraries", HOMES, ids="-".join)
def test_library_stays_at_home(libraries: tuple[str, ...]) -> None:
    importers = {
        path.relative_to(ROOT).as_posix()
        for path, names in IMPORTS.items()
        if any(name.partition(".")[0] in libraries for name in names)
    }
    assert importers, "nobody imports it: drop the rule"
    assert [path for path in importers if not is_at_home(path, HOMES[libraries])] == []


def is_at_home(path: str, homes: tuple[str, ...]) -> bool:
    return path.startswith(homes) or any(fnmatch(path, home) for home in homes)


def test_imports_stand_at_the_top() -> None:
    within = {
        path.relative_to(ROOT).as_posix()
        for path in IMPORTS
        for function in ast.walk(ast.parse(path.read_text()))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for statement in ast.walk(function)
        if isinstance(statement, ast.Import | ast.ImportFrom)
        and not any(KERNEL in name for name in imported(statement))
    }
    assert within == LAZY


@pytest.mark.parametrize(
    ("statement", "absent"),
    [
        ("import http_gateway.app", {"torch", "PIL", "av", "transformers", "inference_server"}),
        ("import http_gateway.cli", {"torch", "PIL", "av", "transformers", "inference_server"}),
        (
            "import inference_server.cli, inference_server.engine.mock.engine",
            {"torch", "http_gateway"},
        ),
        ("import nemotron_vl", {"rich", "aiohttp", "numpy", "http_gateway", "inference_server"}),
        ("import nemotron_vl.cli", {"aiohttp", "torch", "http_gateway", "inference_server"}),
    ],
)
def test_import_leaves_heavy_modules_alone(statement: str, absent: set[str]) -> None:
    script = f"{statement}; import sys; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    ).stdout.split()
    assert absent & set(loaded) == set()
