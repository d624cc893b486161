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

# The rooms that each room of a package may import, besides LEAVES. A room is a
# module or a folder; a module belongs to the longest name that it begins with.
USES = {
    "inference_server": {
        "__main__": {"cli"},
        "cli": {"lifecycle", "settings"},
        "lifecycle": {
            "first_answer",
            "loading",
            "preparation",
            "prompt",
            "rpc",
            "service",
        },
        "loading": {
            "checkpoint",
            "checkpoint.config",
            "checkpoint.generation_config",
            "engine",
            "engine.mock",
            "engine.startup",
            "media",
            "prompt",
        },
        "settings": set[str](),
        "rpc": {"checkpoint.generation_config", "interleave", "prompt", "service"},
        "service": {"interleave", "output", "preparation", "prompt"},
        "first_answer": {"preparation", "prompt"},
        "preparation": {"media", "prompt"},
        "interleave": set[str](),
        "output": {"lenient_json", "prompt"},
        "prompt": {"lenient_json", "media"},
        "lenient_json": set[str](),
        "media": set[str](),
        "engine": {
            "checkpoint.config",
            "engine.execution",
            "engine.scheduling",
            "engine.startup",
            "engine.stream",
        },
        "engine.mock": {"engine.stream"},
        "engine.stream": set[str](),
        "engine.startup": {
            "checkpoint",
            "checkpoint.config",
            "engine.execution",
            "engine.scheduling",
            "models",
        },
        "engine.execution": {"engine.scheduling", "models", "ops"},
        "engine.scheduling": set[str](),
        "models": {"checkpoint.config", "ops"},
        "checkpoint": {"checkpoint.config", "ops"},
        "checkpoint.config": {"checkpoint"},
        "checkpoint.generation_config": {"checkpoint"},
        "ops": set[str](),
    },
    "http_gateway": {
        "__main__": {"cli"},
        "cli": {"app", "settings"},
        "settings": set[str](),
        "app": {"backend", "byte_budget", "chat", "edge", "lifecycle", "media", "operations"},
        "chat": {"backend", "byte_budget", "edge", "lifecycle", "media", "translation"},
        "operations": {"backend", "edge", "lifecycle", "translation"},
        "edge": {"byte_budget"},
        "media": {"byte_budget", "translation"},
        "translation": set[str](),
        "backend": set[str](),
        "byte_budget": set[str](),
        "lifecycle": set[str](),
    },
}
LEAVES = {
    "inference_server": {
        "caller",
        "checkpoint.errors",
        "config",
        "engine.types",
        "errors",
        "observability",
    },
    "http_gateway": {"config", "errors", "media_hosts", "metrics"},
}

# Where each library may be imported: paths that start with one of these, or match it.
HOMES = {
    ("torch",): (
        "inference_server/checkpoint/stored_tensor.py",
        "inference_server/checkpoint/tensor_stream.py",
        "inference_server/checkpoint/weights.py",
        "inference_server/engine/execution/",
        "inference_server/engine/startup/",
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
        "inference_server/preparation/",
        "inference_server/first_answer.py",
        "inference_server/prompt/",
        "inference_server/output/",
        "http_gateway/",
        CLIENT,
    ),
    ("asyncio", "threading"): (
        "inference_server/caller.py",
        "inference_server/cli.py",
        "inference_server/lifecycle.py",
        "inference_server/interleave.py",
        "inference_server/media/pixel_budget.py",
        "inference_server/preparation/",
        "inference_server/rpc/",
        "inference_server/service.py",
        "inference_server/engine/engine.py",
        "inference_server/engine/mock/engine.py",
        "inference_server/engine/stream.py",
        "http_gateway/",
        "serving/log_writer.py",
        CLIENT,
    ),
    ("inference_server",): ("inference_server/",),
    ("http_gateway",): ("http_gateway/",),
    ("serving",): ("http_gateway/", "inference_server/", "serving/"),
    ("pydantic_settings",): ("serving/",),
}
# Inside a function, so that torch and aiohttp are loaded only where they are needed.
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
# A package's own __init__ does not count: it is run before any of its modules anyway.
MODULES = {module_name(path): path for path in IMPORTS if path.name != "__init__.py"}


def room_of(package: str, module: str) -> str:
    """The room of a package that a module belongs to: a key of USES, or a leaf."""
    name = module.removeprefix(f"{package}.")
    rooms = (USES[package].keys() | LEAVES[package]) & set(prefixes(name))
    assert rooms, f"{module} is in no room: add it to the table of uses"
    return max(rooms, key=len)


def prefixes(name: str) -> Iterator[str]:
    parts = name.split(".")
    yield from (".".join(parts[:count]) for count in range(1, len(parts) + 1))


def edges(package: str) -> Iterator[tuple[str, str]]:
    """Pairs of modules of a package of which the first imports the second."""
    own = {name for name in MODULES if name.startswith(f"{package}.")}
    for module in own:
        yield from ((module, other) for other in IMPORTS[MODULES[module]] & own)


@pytest.mark.parametrize("package", USES)
def test_rooms_import_what_the_table_says_and_no_more(package: str) -> None:
    rooms = {(room_of(package, one), room_of(package, other)) for one, other in edges(package)}
    used = {(one, other) for one, other in rooms if one != other and other not in LEAVES[package]}
    allowed = {(room, other) for room, others in USES[package].items() for other in others}
    assert used - allowed == set(), "imports against the table"
    assert allowed - used == set(), "no module imports so: drop it from the table"


@pytest.mark.parametrize("package", USES)
def test_leaves_import_only_leaves(package: str) -> None:
    upward = [
        (one, other)
        for one, other in edges(package)
        if room_of(package, one) in LEAVES[package]
        and room_of(package, other) not in LEAVES[package]
    ]
    assert upward == []


def test_there_is_no_cycle_of_modules() -> None:
    graph = {name: IMPORTS[path] & MODULES.keys() for name, path in MODULES.items()}
    TopologicalSorter(graph).prepare()


@pytest.mark.parametrize("package", [*USES, "nemotron_vl"])
def test_there_is_no_cycle_of_folders(package: str) -> None:
    """Among the folders of one folder, at every depth; a file there counts as itself."""
    graphs: dict[str, dict[str, set[str]]] = {}
    for one, other in edges(package):
        folder, first, second = parting(one, other)
        graphs.setdefault(folder, {}).setdefault(first, set()).add(second)
    assert graphs
    for graph in graphs.values():
        TopologicalSorter(graph).prepare()


def parting(one: str, other: str) -> tuple[str, str, str]:
    """The innermost folder that holds both modules, and the entries of it that lead to each."""
    steps = list(zip(one.split("."), other.split("."), strict=False))
    depth = next(depth for depth, (a, b) in enumerate(steps) if a != b)
    return ".".join(one.split(".")[:depth]), *steps[depth]


@pytest.mark.parametrize("libraries", HOMES, ids="-".join)
def test_library_stays_at_home(libraries: tuple[str, ...]) -> None:
    importers = {
        path.relative_to(ROOT).as_posix()
        for path, names in IMPORTS.items()
        if any(name.partition(".")[0] in libraries for name in names)
    }
    assert importers, "no module imports it: drop the rule"
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
