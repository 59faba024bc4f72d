"""Moves a recording out of the inbox, only if it is still the known version."""

import errno
import os
import stat
from collections.abc import Callable
from contextlib import suppress
from enum import Enum, auto
from itertools import islice
from pathlib import Path

from transcribid.domain.job import Job, Source, identity
from transcribid.storage import files

MAX_CANDIDATES = 100  # names such as "talk (2).mp3" that are tried


class Parting(Enum):
    """How a move ended."""

    MOVED = auto()
    GONE = auto()  # moved before, or taken by another program
    CHANGED = auto()  # there is another version now: it stays


def may_not_move(error: OSError, turned_read_only: Callable[[], bool]) -> bool:
    """Whether permissions forbid moving a recording; otherwise the storage is failing.

    `turned_read_only`: whether a disk was writable when the daemon started and is not now.
    """
    if error.errno == errno.EROFS:
        return not turned_read_only()
    return error.errno in (errno.EPERM, errno.EACCES)


def never() -> bool:
    return False


def found(inbox: Path, name: str) -> Source:
    """The file of this name as it is now; links in its path are not followed.

    Raises FileNotFoundError also for anything but a regular file below the inbox.
    """
    path = inbox / name
    real = Path(os.path.realpath(path))
    if real != Path(os.path.realpath(inbox)) / name or not real.is_file():
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), name)
    return Source.of(name, real.stat())


def place_for(source: Path, wanted: Path) -> Path:
    """The name that `move` gives: the first that is free, or that has the same content."""
    return next(
        candidate
        for candidate in files.alternatives(wanted)
        if not os.path.lexists(candidate) or _same_content(candidate, source)
    )


def move(source: Path, wanted: Path, job: Job) -> tuple[Parting, Path]:
    """Move a job's recording to `wanted` or the next free name, also across file systems.

    Raises:
        OSError: the storage refused; nothing was lost and the call may be repeated.
    """
    files.make_folder(wanted.parent)
    part = wanted.with_name(f".transcribid-{job.id}.part")
    facts = _version(source, job)
    if isinstance(facts, Parting):
        files.remove(part)  # of an attempt that was interrupted
        return facts, wanted
    check_other_folder(source, wanted.parent)
    try:
        return _rename(source, wanted, facts)
    except OSError as error:
        if error.errno != errno.EXDEV:  # also between two mounts of one disk
            raise
    return _copy_over(source, wanted, part, job)


def check_other_folder(source: Path, folder: Path) -> None:
    """Raises PermissionError where a link or a mount leads back to the recording's folder."""
    if folder.samefile(source.parent):
        why = "it leads back to the recording's folder"
        raise PermissionError(errno.EPERM, why, str(folder))


def locate(usual: Path, job: Job) -> Path:
    """Where a job put its file: by content, else by name, as it may have been edited."""
    for candidate in islice(files.alternatives(usual), MAX_CANDIDATES):
        if state_of(candidate, job) is Parting.MOVED:
            return candidate
    return usual


def restore(place: Path, target: Path) -> None:
    """Move a file of ours back into the inbox, also across file systems.

    Raises:
        FileNotFoundError: it does not exist, or is a link.
        FileExistsError: the name is taken; nothing was changed.
        NotADirectoryError: a file is where its folder was.
    """
    if not stat.S_ISREG(place.lstat().st_mode):
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(place))
    _make_target_folder(target.parent)
    try:
        files.name_new(place, target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        part = target.with_name(f".{files.cut(target.name, 240)}.part")
        _copy_whole(place, part)
        files.name_new(part, target)
        files.sync(target.parent)
        place.unlink()
    files.sync(target.parent)
    files.sync(place.parent)


def _make_target_folder(folder: Path) -> None:
    try:
        files.make_folder(folder)
    except FileExistsError as error:
        why = "a file is in place of its folder"
        raise NotADirectoryError(errno.ENOTDIR, why, str(folder)) from error


def delete(source: Path, job: Job) -> Parting:
    parting = state_of(source, job)
    if parting is Parting.MOVED:
        source.unlink()
        files.sync(source.parent)
    return parting


def state_of(source: Path, job: Job) -> Parting:
    """MOVED if the recording is there and may be moved."""
    facts = _version(source, job)
    return facts if isinstance(facts, Parting) else Parting.MOVED


def _version(source: Path, job: Job) -> os.stat_result | Parting:
    """The status of the recording if it is the version of the job, else why not."""
    try:
        facts = source.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return Parting.GONE
    if not stat.S_ISREG(facts.st_mode) or not job.source.matches(facts):
        return Parting.CHANGED
    if not _same_bytes(source, facts, job):
        return Parting.CHANGED
    return facts


def _same_bytes(source: Path, facts: os.stat_result, job: Job) -> bool:
    """Size and time can be forged by `cp -p`; inode and change time cannot."""
    copy = job.copy
    if copy is None or identity(facts) == (copy.inode, copy.ctime_ns):
        return True
    return files.sha256(source) == copy.sha256


def _rename(source: Path, wanted: Path, facts: os.stat_result) -> tuple[Parting, Path]:
    target, renamed = _name_once(source, wanted)
    if renamed and target.lstat().st_ino != facts.st_ino:
        files.name_new(target, source)  # it was replaced between the two checks: move it back
        return Parting.CHANGED, target
    files.sync(target.parent)
    files.sync(source.parent)
    return Parting.MOVED, target


def _copy_over(source: Path, wanted: Path, part: Path, job: Job) -> tuple[Parting, Path]:
    """Copy, verify, name, and only then remove: there is always a complete copy."""
    sha256 = _copy_whole(source, part)
    if job.copy and job.copy.sha256 != sha256:
        part.unlink()
        return Parting.CHANGED, wanted
    target, named = _name_once(part, wanted)
    files.sync(target.parent)
    try:
        source.unlink()
    except OSError:
        if named:
            target.unlink()  # the recording stays only where it was
        raise
    files.sync(source.parent)
    return Parting.MOVED, target


def _copy_whole(source: Path, part: Path) -> str:
    """Returns its SHA-256, after reading the copy back."""
    with (
        files.opened(source, os.O_RDONLY | os.O_NOFOLLOW) as original,
        files.fresh(part) as copy,
    ):
        facts = os.fstat(original)
        with suppress(PermissionError):  # FAT has no modes
            os.fchmod(copy.fileno(), stat.S_IMODE(facts.st_mode))
        sha256 = files.copy(original, copy)
        copy.flush()
        os.utime(copy.fileno(), ns=(facts.st_mtime_ns, facts.st_mtime_ns))
        os.fsync(copy.fileno())
    if files.sha256(part) != sha256:
        raise OSError(errno.EIO, "the copy does not match the original", os.fspath(part))
    return sha256


def _name_once(part: Path, wanted: Path) -> tuple[Path, bool]:
    """Name a file, or drop it (False) if the same content exists under a candidate."""
    for candidate in files.alternatives(wanted):
        try:
            files.name_new(part, candidate)
        except FileExistsError:
            if _same_content(candidate, part):
                part.unlink()
                return candidate, False
        else:
            return candidate, True
    raise AssertionError("alternatives never end")


def _same_content(one: Path, other: Path) -> bool:
    """Whether either may be removed because the other has the same bytes; false for links."""
    here, there = one.lstat(), other.lstat()
    if not (stat.S_ISREG(here.st_mode) and stat.S_ISREG(there.st_mode)):
        return False
    if os.path.samestat(here, there):
        return here.st_nlink > 1  # else it is one file, seen through two mounts
    return here.st_size == there.st_size and files.sha256(one) == files.sha256(other)
