"""How much memory a process uses, and has used at most."""

import re
from pathlib import Path

MIB = 2**20


class Memory:
    """The resident bytes of a process."""

    def __init__(self, pid: int) -> None:
        self._folder = Path(f"/proc/{pid}")

    def forget_peak(self) -> None:
        """Lets the peak begin anew with what is resident now."""
        (self._folder / "clear_refs").write_text("5")

    @property
    def peak(self) -> int:
        """The most bytes since the peak was forgotten."""
        return self._bytes("VmHWM")

    @property
    def resident(self) -> int:
        """The bytes now."""
        return self._bytes("VmRSS")

    def _bytes(self, name: str) -> int:
        found = re.search(
            rf"^{name}:\s+(\d+) kB", (self._folder / "status").read_text(), re.MULTILINE
        )
        assert found
        return int(found[1]) * 1024
