"""The channel's options."""

from pathlib import Path

from grpc import _cython
from nemotron_vl.channel import channel_options


def test_library_knows_every_option() -> None:
    """A misspelled option is ignored without a word."""
    binary = next(Path(_cython.__path__[0]).glob("cygrpc*.so")).read_bytes()
    names = [name for name, _ in channel_options(1)]
    assert [name for name in names if name.encode() not in binary] == []
