"""The resident memory of a process and its descendants."""

import os
from contextlib import suppress
from pathlib import Path

_PAGE = os.sysconf("SC_PAGE_SIZE")


def tree_memory(pid: int) -> int:
    """Bytes of a process and its descendants; shared pages count for each."""
    return sum(map(resident, [pid, *descendants(pid)]))


def descendants(pid: int) -> list[int]:
    children = _children(pid)
    return children + [later for child in children for later in descendants(child)]


def resident(pid: int) -> int:
    """Bytes in memory; 0 for a process that is gone."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE
    except (OSError, IndexError):
        return 0


def _children(pid: int) -> list[int]:
    found: list[int] = []
    with suppress(OSError):  # it ended meanwhile
        for thread in Path(f"/proc/{pid}/task").iterdir():
            found += map(int, (thread / "children").read_text().split())
    return found
