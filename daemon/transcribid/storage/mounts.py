"""The kind of file system that a folder is on."""

import os
from pathlib import Path

_MOUNTS = Path("/proc/self/mountinfo")
_REMOTE = frozenset(
    (
        *("9p", "afs", "beegfs", "ceph", "cifs", "drvfs", "glusterfs", "lustre", "ncpfs"),
        *("nfs", "nfs4", "prl_fs", "smb3", "smbfs", "vboxsf", "virtiofs", "vmhgfs"),
        "fakeowner",  # folders of the host in Docker Desktop
        "fuse",  # and fuse.ANYTHING; fuseblk is a local disk
    )
)


def remote_kind(folder: Path) -> str | None:
    """The file system's type when others may change it without this kernel's knowledge.

    inotify(7) reports only what happens through this machine's own mount, and SQLite's
    write-ahead log needs memory that all its users share (sqlite.org/wal.html).
    """
    kind = kind_in(_MOUNTS.read_text(errors="replace"), folder.stat().st_dev)
    remote = kind in _REMOTE or kind.startswith("fuse.")
    return kind if remote else None


def read_only(folder: Path) -> bool:
    """Whether it is mounted read-only, whatever its permissions."""
    return bool(os.statvfs(folder).f_flag & os.ST_RDONLY)


def kind_in(mounts: str, device: int) -> str:
    """The type of the mounted device with this number, by proc_pid_mountinfo(5); else ''."""
    number = f"{os.major(device)}:{os.minor(device)}"
    for line in mounts.splitlines():
        mount, _, rest = line.partition(" - ")
        if mount.split()[2:3] == [number]:
            return rest.partition(" ")[0]
    return ""
