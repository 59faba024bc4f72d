"""How much memory there is: in the machine, and within the limits of our control groups."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_ROOT = Path("/")
_UNLIMITED = 1 << 60  # bytes; cgroup v1 writes "unlimited" as a larger number


@dataclass(frozen=True, slots=True)
class _Hierarchy:
    """Where control groups are mounted, and the names of their files."""

    folder: str
    limit: str
    used: str
    events: str


_V1 = _Hierarchy(
    "sys/fs/cgroup/memory",
    "memory.limit_in_bytes",
    "memory.usage_in_bytes",
    "memory.oom_control",
)
_V2 = _Hierarchy("sys/fs/cgroup", "memory.max", "memory.current", "memory.events")


@dataclass(frozen=True, slots=True)
class _Group:
    limit: int  # bytes
    used: int  # likewise, without the inactive page cache


def limit(root: Path = _ROOT) -> int:
    """The most memory we may use, in bytes."""
    limits = (group.limit for group in _groups(root))
    return min([*_meminfo(root, "MemTotal"), *limits], default=_UNLIMITED)


def free(root: Path = _ROOT) -> int:
    """Bytes that we may still allocate; 0 if unknown."""
    left = (group.limit - group.used for group in _groups(root))
    return max(0, min([*_meminfo(root, "MemAvailable"), *left], default=0))


def kills(root: Path = _ROOT) -> int:
    """How many processes the kernel has killed so far for lack of memory."""
    counts = [
        int(found[1])
        for group, hierarchy in _ours(root)
        if (
            found := re.search(
                r"^oom_kill (\d+)", _read(group / hierarchy.events), re.MULTILINE
            )
        )
    ]
    everywhere = re.search(r"^oom_kill (\d+)", _read(root / "proc/vmstat"), re.MULTILINE)
    return counts[0] if counts else int(everywhere[1]) if everywhere else 0


def _meminfo(root: Path, what: str) -> Iterator[int]:
    if found := re.search(rf"{what}:\s*(\d+) kB", _read(root / "proc/meminfo")):
        yield int(found[1]) << 10


def _groups(root: Path) -> Iterator[_Group]:
    """Our groups and their ancestors, those that have a limit."""
    for group, hierarchy in _ours(root):
        yield from _up(root / hierarchy.folder, group, hierarchy)


def _ours(root: Path) -> Iterator[tuple[Path, _Hierarchy]]:
    """The groups that we are in, as folders."""
    for line in _read(root / "proc/self/cgroup").splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers == "":
            yield root / _V2.folder / path.strip("/"), _V2
        elif "memory" in controllers.split(","):
            yield root / _V1.folder / path.strip("/"), _V1


def _up(top: Path, group: Path, hierarchy: _Hierarchy) -> Iterator[_Group]:
    for each in (group, *group.parents):
        if not each.is_relative_to(top):
            return
        limit = _read(each / hierarchy.limit).strip()
        if limit.isdigit() and int(limit) < _UNLIMITED:
            yield _Group(int(limit), _used(each, hierarchy))


def _used(group: Path, hierarchy: _Hierarchy) -> int:
    """In cgroup v1, "total_" counts the groups below too, as the number of bytes used does."""
    files = re.findall(
        r"^(?:total_)?inactive_file (\d+)", _read(group / "memory.stat"), re.MULTILINE
    )
    used = _read(group / hierarchy.used).strip()
    return int(used) - max(map(int, files), default=0) if used.isdigit() else 0


def _read(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""
