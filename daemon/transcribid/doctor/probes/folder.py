"""Tests what a folder supports, in a hidden temporary folder inside it."""

import ctypes
import errno
import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from transcribid.doctor.answers import FolderAnswer
from transcribid.inbox.doorbell import Doorbell
from transcribid.storage.mounts import remote_kind

_PREFIX = ".transcribid-doctor-"  # the daemon ignores such names
_RENAME_NOREPLACE = 1  # linux/fs.h
_AT_FDCWD = -100  # fcntl.h


def answer(folder: str, *, watched: bool) -> FolderAnswer:
    path = Path(folder)
    examined = _nearest(path)
    there = examined == path
    trials = {"new_names": "", "link": "", "sync": "", "lease": "", "silence": ""}
    refusal = "" if examined.is_dir() else f"{examined} is not a folder"
    if not refusal:
        try:
            with tempfile.TemporaryDirectory(prefix=_PREFIX, dir=examined) as hidden:
                scene = Path(hidden)
                trials = {name: _error(trial, scene) for name, trial in _TRIALS.items()}
                trials["silence"] = _silence(path if there else scene) if watched else ""
        except OSError as error:
            refusal = error.strerror or str(error)
    return FolderAnswer(
        there=there,
        examined=str(examined),
        refusal=refusal,
        readable=os.access(examined, os.R_OK | os.X_OK),
        remote=remote_kind(examined),
        device=examined.stat().st_dev,
        free=shutil.disk_usage(examined).free,
        **trials,
    )


def _nearest(path: Path) -> Path:
    """The folder itself, or its nearest existing parent."""
    return next(each for each in (path, *path.parents) if os.access(each, os.F_OK))


def _error(trial: Callable[[Path], None], scene: Path) -> str:
    try:
        trial(scene)
    except OSError as error:
        return error.strerror or str(error)
    return ""


def _name_without_replacing(scene: Path) -> None:
    part, name = scene / "part", scene / "name"
    part.touch()
    libc = ctypes.CDLL(None, use_errno=True)
    if not hasattr(libc, "renameat2"):
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    one, other = os.fsencode(part), os.fsencode(name)
    if libc.renameat2(_AT_FDCWD, one, _AT_FDCWD, other, _RENAME_NOREPLACE):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    part.touch()
    if not libc.renameat2(_AT_FDCWD, one, _AT_FDCWD, other, _RENAME_NOREPLACE):
        raise OSError(errno.EINVAL, "An existing file was replaced")


def _link(scene: Path) -> None:
    (scene / "linked").touch()
    os.link(scene / "linked", scene / "link")


def _sync(scene: Path) -> None:
    with (scene / "synced").open("wb") as file:
        file.write(b"whole")
        file.flush()
        os.fsync(file.fileno())
    descriptor = os.open(scene, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _lease(scene: Path) -> None:
    path = scene / "leased"
    path.touch()
    with path.open("rb") as file:
        fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    with path.open("ab"), path.open("rb") as file:
        try:
            fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        except BlockingIOError:
            return
    raise OSError(errno.EINVAL, "A lease was granted on a file that is being written")


def _silence(folder: Path) -> str:
    """Why no events are received, tested as the daemon does at its start."""
    doorbell = Doorbell(folder, lambda: None)
    try:
        return doorbell.hang(prove=True) or ""
    finally:
        doorbell.close()


_TRIALS = {
    "new_names": _name_without_replacing,
    "link": _link,
    "sync": _sync,
    "lease": _lease,
}
