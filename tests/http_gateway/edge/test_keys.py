from pathlib import Path

import pytest

from http_gateway.config import GatewayConfig
from http_gateway.edge.keys import Keys, read_keys
from serving.settings_reader import SettingError


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "keys"


def keys_in(file: Path, text: str) -> Keys:
    file.write_text(text)
    return read_keys(GatewayConfig(api_keys_file=file))


def test_a_label_names_who_has_the_key(file: Path) -> None:
    keys = keys_in(file, "# team a changes its key\nteam-a old:key\n\n team-a new:key\nnameless\n")
    assert keys.label_of("old:key") == keys.label_of("new:key") == "team-a"
    assert keys.label_of("nameless") == "key-17d72fdf"
    assert keys.label_of("team-a") is None
    assert keys.label_of("") is None


def test_keys_of_the_environment_and_of_the_file_open_both(file: Path) -> None:
    file.write_text("b two")
    config = GatewayConfig(api_keys=["one"], api_keys_file=file)  # pyright: ignore[reportArgumentType]
    keys = read_keys(config)
    assert keys.label_of("one") is not None
    assert keys.label_of("two") == "b"


def test_no_keys() -> None:
    assert not read_keys(GatewayConfig())


@pytest.mark.parametrize("text", ["", "\n\n", "# nothing but words\n"])
def test_a_file_without_keys_is_an_error(file: Path, text: str) -> None:
    with pytest.raises(SettingError, match="has no key"):
        keys_in(file, text)


@pytest.mark.parametrize("line", ["a b secret", "lab,el secret", f"{'x' * 65} secret", "ä secret"])
def test_a_bad_line_is_named_but_not_repeated(file: Path, line: str) -> None:
    with pytest.raises(SettingError, match="line 2 is neither") as raised:
        keys_in(file, f"good\n{line}\n")
    assert "secret" not in str(raised.value)


def test_a_file_that_cannot_be_read_is_an_error(file: Path) -> None:
    with pytest.raises(SettingError, match="cannot be read"):
        read_keys(GatewayConfig(api_keys_file=file))
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(SettingError, match="cannot be read"):
        read_keys(GatewayConfig(api_keys_file=file))


def test_one_key_has_one_label(file: Path) -> None:
    with pytest.raises(SettingError, match="two labels, a and b"):
        keys_in(file, "a secret\nb secret\n")
