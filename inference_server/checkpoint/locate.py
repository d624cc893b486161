"""Finds a checkpoint: a folder, or a repository of the Hugging Face hub.

Downloads no code from a repository and runs none.
"""

from pathlib import Path

from huggingface_hub import snapshot_download
from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

from inference_server.checkpoint.errors import CheckpointError
from inference_server.checkpoint.json_file import read_json

# The small model that comes with the package.
DEMO_MODEL = Path(__file__).parents[1] / "assets" / "demo_model"

_FILES = ["*.json", "*.jinja", "*.safetensors", "LICENSE*"]


def resolve(model: str, revision: str | None = None, *, cache: Path | None = None) -> Path:
    """The folder of a checkpoint, downloaded if need be.

    `model` is a path or a repository such as nvidia/NVIDIA-Nemotron-Nano-12B-v2-VL-BF16, and
    `revision` a commit, branch or tag of it. A complete copy on disk is used without a connection.
    Downloads are kept in `cache`, or in the hub client's own cache.
    """
    folder = Path(model).expanduser()
    if folder.is_dir():
        return folder
    try:
        return _cached(model, revision, cache) or Path(
            snapshot_download(model, revision=revision, cache_dir=cache, allow_patterns=_FILES)
        )
    except HFValidationError:
        raise CheckpointError(
            f"{model} is neither a folder nor the name of a model on the Hugging Face hub."
        ) from None
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError) as error:
        raise CheckpointError(f"{model} cannot be downloaded: {error}") from error


def _cached(model: str, revision: str | None, cache: Path | None) -> Path | None:
    """The copy on disk, if it is complete."""
    try:
        folder = Path(
            snapshot_download(
                model,
                revision=revision,
                cache_dir=cache,
                allow_patterns=_FILES,
                local_files_only=True,
            )
        )
    except LocalEntryNotFoundError:
        return None
    needed = [folder / "config.json", *weight_files(folder)]
    return folder if all(file.exists() for file in needed) else None


def weight_files(path: Path) -> list[Path]:
    """The shards that a checkpoint's index names, or its only weights file."""
    index = path / "model.safetensors.index.json"
    if index.exists():
        return sorted({path / file for file in read_json(index)["weight_map"].values()})
    return [path / "model.safetensors"]
