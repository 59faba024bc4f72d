"""Processes as the kernel knows them."""

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path


def children(of: int) -> set[int]:
    """Their numbers, dead ones included until somebody waits for them."""
    return {pid for pid in _all() if _parent(pid) == of}


def started_by(pid: int) -> list[int]:
    """The children of all its threads, oldest first; none that nobody waited for."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        with suppress(OSError):  # the thread ended meanwhile
            found += map(int, (task / "children").read_text().split())
    return sorted(found)


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


def busy(pid: int) -> dict[tuple[int, int], float]:
    """Seconds of processor time of each thread, by process, of it and of all below it."""
    spent: dict[tuple[int, int], float] = {}
    for task in Path(f"/proc/{pid}/task").iterdir():
        user, system = (task / "stat").read_text().rpartition(")")[2].split()[11:13]
        spent[pid, int(task.name)] = (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
        for child in (task / "children").read_text().split():
            spent |= busy(int(child))
    return spent


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
