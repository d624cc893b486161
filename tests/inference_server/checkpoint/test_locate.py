import json
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub.errors import LocalEntryNotFoundError

from inference_server.checkpoint import locate as checkpoint
from inference_server.checkpoint.errors import CheckpointError
from inference_server.checkpoint.locate import resolve, weight_files

REPOSITORY = "nvidia/some-model"


class Hub:
    """Stands in for the hub's download: a copy on disk, and a connection that may be down."""

    def __init__(self, cached: Path, *, is_online: bool) -> None:
        self.cached = cached
        self.is_online = is_online
        self.num_downloads = 0
        self.places = set[Path | None]()
        self.patterns: list[list[str]] = []

    def snapshot_download(
        self,
        model: str,
        *,
        cache_dir: Path | None,
        allow_patterns: list[str],
        local_files_only: bool = False,
        **_: Any,
    ) -> str:
        self.patterns.append(allow_patterns)
        assert model == REPOSITORY
        self.places.add(cache_dir)
        if not local_files_only:
            if not self.is_online:
                raise LocalEntryNotFoundError("no connection")
            self.num_downloads += 1
            complete(self.cached)
        if not self.cached.exists():
            raise LocalEntryNotFoundError("not cached")
        return str(self.cached)


def complete(path: Path) -> None:
    path.mkdir(exist_ok=True)
    (path / "config.json").write_text("{}")
    index = {"weight_map": {"a": "one.safetensors", "b": "two.safetensors", "c": "one.safetensors"}}
    (path / "model.safetensors.index.json").write_text(json.dumps(index))
    for name in ("one", "two"):
        (path / f"{name}.safetensors").touch()


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Hub:
    hub = Hub(tmp_path / "snapshot", is_online=True)
    monkeypatch.setattr(checkpoint, "snapshot_download", hub.snapshot_download)
    return hub


def test_folder_is_used_as_it_is(tmp_path: Path) -> None:
    assert resolve(str(tmp_path)) == tmp_path


def test_repository_is_downloaded_once(hub: Hub) -> None:
    assert resolve(REPOSITORY) == hub.cached
    assert resolve(REPOSITORY, "main") == hub.cached
    assert hub.num_downloads == 1


@pytest.mark.parametrize(
    "name",
    [
        *("config.json", "preprocessor_config.json", "generation_config.json"),
        *("tokenizer.json", "tokenizer_config.json", "chat_template.jinja"),
        *("model.safetensors.index.json", "model-00001-of-00003.safetensors"),
    ],
)
def test_every_file_that_is_read_is_downloaded(hub: Hub, name: str) -> None:
    resolve(REPOSITORY)
    assert all(any(fnmatch(name, pattern) for pattern in patterns) for patterns in hub.patterns)
    assert not any(fnmatch("modeling.py", pattern) for pattern in hub.patterns[-1])


def test_downloads_are_read_from_the_cache_folder(hub: Hub, tmp_path: Path) -> None:
    resolve(REPOSITORY)
    assert hub.places == {None}
    hub.cached.rename(tmp_path / "elsewhere")
    resolve(REPOSITORY, cache=tmp_path)
    assert hub.places == {None, tmp_path}
    assert hub.num_downloads == 2


def test_partial_copy_is_completed(hub: Hub) -> None:
    complete(hub.cached)
    (hub.cached / "two.safetensors").unlink()
    assert resolve(REPOSITORY) == hub.cached
    assert hub.num_downloads == 1


def test_complete_copy_needs_no_connection(hub: Hub) -> None:
    complete(hub.cached)
    hub.is_online = False
    assert resolve(REPOSITORY) == hub.cached


def test_unreachable_hub_is_an_error_of_one_sentence(hub: Hub) -> None:
    hub.is_online = False
    with pytest.raises(CheckpointError, match="cannot be downloaded"):
        resolve(REPOSITORY)


def test_names_of_neither_folder_nor_repository_are_refused() -> None:
    with pytest.raises(CheckpointError, match="neither a folder nor"):
        resolve("./no/such/folder/here")


def test_each_shard_is_named_once(tmp_path: Path) -> None:
    complete(tmp_path)
    assert [file.name for file in weight_files(tmp_path)] == ["one.safetensors", "two.safetensors"]
