"""What tests ask of processes that are not their own children."""

from pathlib import Path


def is_alive(pid: int) -> bool:
    """Whether it runs or sleeps. A zombie, which has nobody here to bury it, does not."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return status.rpartition(")")[2].split()[0] != "Z"
