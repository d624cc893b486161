"""docs/limits.md has every limit of both processes, with its default and what comes beyond it."""

import argparse
import ast
import importlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import grpc
import pytest
from grpc_status import rpc_status
from nemotron_vl.cli import serve

from http_gateway.settings import SETTINGS as GATEWAY_SETTINGS
from http_gateway.translation.rpc_errors import from_rpc
from inference_server.errors import ServerError
from inference_server.rpc.status import to_status
from inference_server.settings import SETTINGS as SERVER_SETTINGS
from serving.settings_reader import Setting
from tests.contract.limit_constants import CLI, GATEWAY, INNER, PLACES, SERVER
from tests.contract.limits_page import TEXT, Row, reasons, rows

ROOT = Path(__file__).parents[2]
ROWS = rows()

_BOUND = re.compile(
    r"(max|min)_\w+|num_(?!channels)\w+|(?!mock_)\w+_(timeout_s|grace_s|bytes|fraction)|heartbeat_s"
)
_CONSTANT = re.compile(r"_?(MAX|MIN|MOST|LEAST)(_\w+)?|\w+_(TIMEOUT|GRACE)_M?S|_?TIMEOUT_S")
# Inside the engine nothing is refused but by its settings.
_ENGINE = tuple(f"{SERVER}/{room}/" for room in ("engine", "ops", "models", "checkpoint"))


def settings() -> dict[str, Setting]:
    """The settings of both processes, by their flags of `nemotron-vl serve`."""
    found = {setting.flag: setting for setting in SERVER_SETTINGS.settings.values()}
    for setting in GATEWAY_SETTINGS.settings.values():
        found[setting.flag.replace("--", "--gateway-", 1)] = setting
    return found


def test_every_setting_on_the_page_exists_with_its_default(monkeypatch: Any) -> None:
    monkeypatch.delenv(serve.RESTARTS_VARIABLE, raising=False)
    parser = argparse.ArgumentParser()
    serve.add_arguments(parser)
    known = settings()
    assert sum(len(row.flags) for row in ROWS) > 40
    for row in ROWS:
        for flag in row.flags:
            if flag == "--restarts":
                assert row.has_value(parser.parse_args([]).restarts)
            else:
                assert _has_default(row, known[flag]), row
    assert set(re.findall(r"`(--[\w-]+)`", TEXT)) <= {*known, "--restarts"}


def _has_default(row: Row, setting: Setting) -> bool:
    default = setting.field.default
    if default == "auto":
        chosen = str(setting.field.description).rpartition("auto: ")[2]
        return f"auto: {chosen}" in row.default
    return "none" in row.default if default is None else row.has_value(default)


def test_every_setting_that_is_a_limit_is_on_the_page() -> None:
    limits = {flag for flag, setting in settings().items() if _BOUND.fullmatch(setting.name)}
    assert limits <= {flag for row in ROWS for flag in row.flags}


def test_a_limit_without_a_setting_is_fixed_and_has_a_place() -> None:
    fixed = {row.limit for row in ROWS if row.setting == "fixed"}
    assert len({row.limit for row in ROWS if row.limit in PLACES}) == len(PLACES)
    assert fixed <= set(PLACES)
    assert [
        row for row in ROWS if not row.flags and row.setting not in ("fixed", "`ulimit -Hn`")
    ] == []


@pytest.mark.parametrize("row", [row for row in ROWS if row.limit in PLACES], ids=str)
def test_a_fixed_limit_has_the_value_of_the_code(row: Row) -> None:
    for place in PLACES[row.limit]:
        for value in _values(place):
            assert row.has_value(value), place


def _values(place: str) -> Iterator[float]:
    """The numbers of a constant; milliseconds as seconds."""
    path, _, name = place.partition(":")
    module = path.removeprefix("clients/python/").removesuffix(".py").replace("/", ".")
    value = getattr(importlib.import_module(module), name)
    if name == "_MAX_EXIF":
        # A raw profile spells each byte in two digits.
        yield value["exif"]
    elif isinstance(value, Mapping):
        yield from value.values()
    else:
        yield value / 1000 if name.endswith("_MS") else value


def test_every_constant_that_is_a_limit_is_on_the_page() -> None:
    placed = {place for places in PLACES.values() for place in places}
    known = set(_constants())
    assert {name for name in known if _CONSTANT.fullmatch(name.partition(":")[2])} <= placed | INNER
    assert placed | INNER <= known


def _constants() -> Iterator[str]:
    for top in (SERVER, GATEWAY, "serving", CLI):
        for path in sorted((ROOT / top).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            if not name.startswith((*_ENGINE, f"{CLI}/bench/")):
                yield from (f"{name}:{constant}" for constant in _assigned(path))


def _assigned(path: Path) -> Iterator[str]:
    for statement in ast.parse(path.read_text()).body:
        targets = statement.targets if isinstance(statement, ast.Assign) else []
        for target in targets:
            names = target.elts if isinstance(target, ast.Tuple) else [target]
            yield from (name.id for name in names if isinstance(name, ast.Name))


def test_every_reason_is_on_the_page_with_its_statuses() -> None:
    assert reasons() == {
        kind.reason: (kind.code, _http_status(kind)) for kind in (ServerError, *_kinds(ServerError))
    }


def _kinds(kind: type[ServerError]) -> Iterator[type[ServerError]]:
    for inner in kind.__subclasses__():
        yield inner
        yield from _kinds(inner)


def _http_status(kind: type[ServerError]) -> int:
    status: Any = rpc_status.to_status(to_status(kind("said by a test")))
    trailers = grpc.aio.Metadata(*status.trailing_metadata)
    error = grpc.aio.AioRpcError(status.code, grpc.aio.Metadata(), trailers, status.details)
    return from_rpc(error).status


def test_a_row_names_reasons_that_exist_and_their_statuses() -> None:
    known = reasons()
    for row in ROWS:
        named = re.findall(r"`([A-Z_]+)`", row.beyond)
        assert set(named) <= set(known), row
        for status, reason in re.findall(r"(\d{3}), `([A-Z_]+)`", row.beyond):
            assert known[reason][1] == int(status), row
