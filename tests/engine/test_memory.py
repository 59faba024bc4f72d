"""How much memory is free, as the kernel's files report it."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from transcribid.process import limits

GIB = 1 << 30


def machine(root: Path, cgroup: str, groups: Mapping[str, int | str]) -> Path:
    """With 8 GiB, of which 6 are available; `groups` are files below /sys/fs/cgroup."""
    proc = root / "proc" / "self"
    proc.mkdir(parents=True)
    meminfo = f"MemTotal: {8 * GIB >> 10} kB\nMemFree: 5 kB\nMemAvailable: {6 * GIB >> 10} kB\n"
    (root / "proc" / "meminfo").write_text(meminfo)
    (proc / "cgroup").write_text(cgroup)
    for name, content in groups.items():
        path = root / "sys/fs/cgroup" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{content}\n")
    return root


def test_memory_that_only_holds_copies_of_files_is_free(tmp_path: Path) -> None:
    root = machine(tmp_path, "0::/\n", {})

    assert (limits.free(root), limits.limit(root)) == (6 * GIB, 8 * GIB)


@pytest.mark.parametrize(
    ("cgroup", "groups"),
    [
        (
            "0::/unit\n",
            {
                "unit/memory.max": 2 * GIB,
                "unit/memory.current": GIB,
                "unit/memory.stat": f"anon 1\ninactive_file {GIB // 2}\nactive_file 7",
            },
        ),
        (
            "0::/slice/unit\n",
            {
                "slice/unit/memory.max": "max",
                "slice/unit/memory.current": 5,
                "slice/memory.max": 2 * GIB,
                "slice/memory.current": GIB // 2,
            },
        ),
        (
            "4:memory:/unit\n1:cpu:/\n0::/\n",
            {
                "memory/unit/memory.limit_in_bytes": 2 * GIB,
                "memory/unit/memory.usage_in_bytes": GIB,
                "memory/unit/memory.stat": f"inactive_file 1\ntotal_inactive_file {GIB // 2}",
                "memory/memory.limit_in_bytes": 9223372036854771712,
            },
        ),
    ],
)
def test_a_control_group_leaves_what_it_does_not_use_of_its_limit(
    tmp_path: Path, cgroup: str, groups: Mapping[str, int | str]
) -> None:
    root = machine(tmp_path, cgroup, groups)

    assert (limits.free(root), limits.limit(root)) == (1.5 * GIB, 2 * GIB)


def test_where_more_is_used_than_allowed_nothing_is_free(tmp_path: Path) -> None:
    used = {"unit/memory.max": GIB, "unit/memory.current": 2 * GIB}

    assert limits.free(machine(tmp_path, "0::/unit\n", used)) == 0


def test_of_this_machine_some_is_free_and_not_more_than_there_is() -> None:
    assert 0 < limits.free() < limits.limit()
