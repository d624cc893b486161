"""Figures of the code's structure: lines of files and functions, files of folders, import cycles.

python -m tools.code_figures
"""

import ast
import subprocess
from collections import Counter
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from statistics import median, quantiles

ROOT = Path(__file__).parents[1]
GENERATED = "clients/python/nemotron_vl/v1/"
PRODUCT = ("inference_server/", "http_gateway/", "serving/", "clients/", "tools/")


def main() -> None:
    """Prints the figures of the files that git tracks, generated ones apart."""
    tracked = subprocess.check_output(["git", "ls-files"], cwd=ROOT, text=True).split()
    files = [file for file in tracked if not file.startswith(GENERATED)]
    sources = [file for file in files if file.endswith(".py")]
    for name, parts in (("product", PRODUCT), ("tests", ("tests/",))):
        own = [file for file in sources if file.startswith(parts) and "/tests/" not in file]
        print_lines(name, [file for file in own if lines_of(file)])
    for part in ("tools/demo_model", "inference_server", "http_gateway"):
        print(f"Python lines of {part}: {sum(map(lines_of, under(sources, part)))}")
    full = Counter(str(Path(file).parent) for file in files)
    print("folders with most files:", ", ".join(f"{f} {n}" for f, n in full.most_common(6)))
    print("cycles of imports:", cycle(sources) or "none")


def under(files: list[str], part: str) -> list[str]:
    return [file for file in files if file.startswith(f"{part}/") and "/tests/" not in file]


def lines_of(file: str) -> int:
    return len((ROOT / file).read_text().splitlines())


def print_lines(name: str, files: list[str]) -> None:
    counts = {file: lines_of(file) for file in files}
    largest = max(counts, key=lambda file: counts[file])
    print(f"{name}: {len(counts)} files, {sum(counts.values())} lines")
    print(
        f"  lines a file: median {median(counts.values()):.0f}, largest {counts[largest]} {largest}"
    )
    lengths = sorted(length for file in files for length in functions_of(file))
    print(
        f"  lines a function: median {median(lengths):.0f}, p90 {quantiles(lengths, n=10)[8]:.0f}"
    )


def functions_of(file: str) -> Iterator[int]:
    for node in ast.walk(ast.parse((ROOT / file).read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield (node.end_lineno or node.lineno) - node.lineno + 1


def cycle(sources: list[str]) -> str:
    """The first cycle among the modules of the product, package files apart; empty without one."""
    paths = {
        file.removeprefix("clients/python/").removesuffix(".py").replace("/", "."): file
        for file in sources
        if file.startswith(PRODUCT) and not file.endswith("__init__.py")
    }
    graph = {name: imports_of(file) & paths.keys() for name, file in paths.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return " -> ".join(error.args[1])
    return ""


def imports_of(file: str) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse((ROOT / file).read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


if __name__ == "__main__":
    main()
