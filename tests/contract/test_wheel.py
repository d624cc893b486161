"""The built wheel in an environment that holds its base requirements and nothing else."""

import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import PathDistribution, distribution
from pathlib import Path
from venv import EnvBuilder
from zipfile import ZipFile

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
DEMO_MODEL = (
    "MODEL_CARD.md",
    "chat_template.jinja",
    "config.json",
    "generation_config.json",
    "model.safetensors",
    "preprocessor_config.json",
    "tokenizer.json",
    "tokenizer_config.json",
)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*pip, "-q", "-w", folder, ROOT], check=True, timeout=120)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Bin folder of a fresh environment: the wheel, and links to what it says that it needs."""
    folder = tmp_path_factory.mktemp("environment")
    EnvBuilder(symlinks=True).create(folder)
    (packages,) = folder.glob("lib/python*/site-packages")
    pip = [sys.executable, "-m", "pip", "--python", folder / "bin/python", "install", "-q"]
    subprocess.run([*pip, "--no-deps", "--no-index", wheel], check=True, timeout=120)
    (metadata,) = packages.glob("nemotron_vl-*.dist-info")
    for root, name in _requirements(PathDistribution(metadata).requires or []):
        if not (packages / name).exists():
            (packages / name).symlink_to(root / name)
    return folder / "bin"


def test_wheel_holds_what_runs_and_nothing_of_the_tests(wheel: Path) -> None:
    names = set(ZipFile(wheel).namelist())
    assert {name.partition("/")[0] for name in names if ".dist-info" not in name} == {
        "http_gateway",
        "inference_server",
        "nemotron_vl",
        "serving",
    }
    assert {
        "nemotron_vl/py.typed",
        "nemotron_vl/v1/inference_pb2.pyi",
        *(f"inference_server/assets/demo_model/{name}" for name in DEMO_MODEL),
    } <= names
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)


def test_client_imports_without_the_extras(environment: Path) -> None:
    script = "import nemotron_vl; nemotron_vl.Client().close(); print(nemotron_vl.__file__)"
    done = _run(environment / "python", "-c", script)
    assert done.stdout.startswith(str(environment.parent)), done.stderr


def test_extras_are_really_absent(environment: Path) -> None:
    for module in ("aiohttp", "torch", "pydantic"):
        assert (
            "ModuleNotFoundError" in _run(environment / "python", "-c", f"import {module}").stderr
        )


def test_serve_names_the_missing_extras(environment: Path) -> None:
    done = _run(environment / "nemotron-vl", "serve")
    assert done.returncode == 2
    assert "pip install 'nemotron-vl[server,gateway]'" in done.stderr


def test_bench_over_http_names_the_missing_extra(environment: Path) -> None:
    done = _run(environment / "nemotron-vl", "bench")
    assert done.returncode == 2
    assert done.stderr == ("nemotron-vl: bench over HTTP needs: pip install 'nemotron-vl[bench]'\n")


def _run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    # -I would hide what the command itself sets up; an empty environment hides the test's path.
    return subprocess.run(
        command, env={}, capture_output=True, text=True, timeout=60, check=False, cwd="/"
    )


def _requirements(stated: list[str]) -> Iterator[tuple[Path, str]]:
    """Folder and top-level names of all that the requirements need, found in our environment."""
    for requirement in map(Requirement, stated):
        if requirement.marker and not requirement.marker.evaluate({"extra": ""}):
            continue
        found = distribution(requirement.name)
        for file in found.files or []:
            if file.parts[0] not in {"..", "__pycache__"}:
                yield Path(str(found.locate_file(""))), file.parts[0]
        yield from _requirements(found.requires or [])
