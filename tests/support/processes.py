"""Processes as the kernel knows them."""

import os
import re
from collections.abc import Iterator
from pathlib import Path


def children(of: int) -> set[int]:
    """Their numbers, dead ones included until somebody waits for them."""
    return {pid for pid in _all() if _parent(pid) == of}


def holder(path: Path) -> int | None:
    """A process other than us that has this file open."""
    others = (pid for pid in _all() if pid != os.getpid())
    return next((pid for pid in others if str(path) in _open_files(pid)), None)


def peak_memory(pid: int) -> int:
    """The most it ever had in memory, in bytes."""
    status = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"^VmHWM:\s+(\d+) kB$", status, re.MULTILINE)
    assert found
    return int(found[1]) << 10


def _all() -> Iterator[int]:
    return (int(each.name) for each in Path("/proc").iterdir() if each.name.isdigit())


def _parent(pid: int) -> int | None:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None  # it ended just now
    return int(stat.rpartition(")")[2].split()[1])


def _open_files(pid: int) -> Iterator[str]:
    try:
        for each in Path(f"/proc/{pid}/fd").iterdir():
            yield os.readlink(each)  # noqa: PTH115 - no file of that name need be there
    except OSError:
        return  # it ended just now, or is not ours to look at
