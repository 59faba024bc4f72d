"""Durable files: atomic, never overwriting a foreign file, and safe to repeat."""

import ctypes
import errno
import hashlib
import os
import shutil
import stat
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import BinaryIO

_BLOCK = 1 << 20
_LARGEST = 256 << 20  # bytes of a text that is read whole
_LONGEST_SUFFIX = 16  # characters; text after a dot is not always a suffix
_RENAME_NOREPLACE = 1  # linux/fs.h
_AT_FDCWD = -100  # fcntl.h
_UNSUPPORTED = (errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP)
SHARED, PRIVATE = 0o666, 0o600  # modes of new files; the umask takes from them
_libc = ctypes.CDLL(None, use_errno=True)


def write(path: Path, content: bytes, mode: int = SHARED) -> None:
    """Write a file that survives a power cut; an existing one is replaced."""
    try:
        with fresh(path, mode) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        error.filename = error.filename or os.fspath(path)  # which disk is full?
        raise


def fresh(path: Path, mode: int = SHARED) -> BinaryIO:
    """Open a new file; an existing one is removed: partly written by us, or a foreign link."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    try:
        descriptor = os.open(path, flags, mode)
    except FileExistsError:
        path.unlink()
        descriptor = os.open(path, flags, mode)
    return os.fdopen(descriptor, "wb")


def replace(path: Path, content: bytes, mode: int = SHARED) -> None:
    """Replace a file of ours atomically: readers see the old or the new content."""
    make_folder(path.parent)
    part = path.with_name(f".{cut(path.name, 240)}.part")
    write(part, content, mode)
    part.replace(path)
    sync(path.parent)


def publish(path: Path, content: bytes) -> None:
    """Create a file under a free name; an existing one with this content counts as created.

    Raises:
        FileExistsError: the name is taken by something else.
    """
    part = path.with_name(f".{cut(path.name, 240)}.part")
    write(part, content)
    try:
        name_new(part, path)
    except FileExistsError:
        part.unlink()
        if not has(path, content):
            raise
    sync(path.parent)


def has(path: Path, content: bytes) -> bool:
    """Whether a file exists with exactly this content."""
    try:
        return contents(path) == content
    except OSError:
        return False


def contents(path: Path) -> bytes:
    """The content of a regular file, but no link, which leads elsewhere, or pipe.

    Raises OSError for anything else, and for more than 256 MiB.
    """
    with opened(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK) as descriptor:
        facts = os.fstat(descriptor)
        if not stat.S_ISREG(facts.st_mode) or facts.st_size > _LARGEST:
            raise OSError(errno.EINVAL, "It is not a file that we would write", os.fspath(path))
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            return file.read(_LARGEST)  # it may grow meanwhile


def name_new(part: Path, name: Path) -> None:
    """Give a synced file its name.

    Raises:
        FileExistsError: the name is taken; nothing was changed.
    """
    rename = getattr(_libc, "renameat2", None)
    if rename and not rename(
        _AT_FDCWD, os.fsencode(part), _AT_FDCWD, os.fsencode(name), _RENAME_NOREPLACE
    ):
        return
    code = ctypes.get_errno() if rename else errno.ENOSYS
    if code not in _UNSUPPORTED:
        raise OSError(code, os.strerror(code), os.fspath(part), None, os.fspath(name))
    _name_by_link(part, name)


def _name_by_link(part: Path, name: Path) -> None:
    """For file systems without RENAME_NOREPLACE: a hard link, else a reservation."""
    try:
        os.link(part, name)
    except OSError as error:
        if error.errno not in (*_UNSUPPORTED, errno.EPERM, errno.EMLINK):
            raise
        _name_by_reservation(part, name)
    else:
        part.unlink()


def _name_by_reservation(part: Path, name: Path) -> None:
    os.close(os.open(name, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644))
    try:
        part.replace(name)
    except OSError:
        name.unlink()
        raise


def alternatives(wanted: Path) -> Iterator[Path]:
    """A name, then the same with a number; a long stem is cut to fit the number."""
    yield wanted
    suffix = wanted.suffix if len(wanted.suffix) <= _LONGEST_SUFFIX else ""
    stem = wanted.name.removesuffix(suffix)
    for number in count(2):
        mark = f" ({number}){suffix}"
        yield wanted.with_name(cut(stem, 255 - len(os.fsencode(mark))) + mark)


def cut(text: str, room: int) -> str:
    """The longest prefix whose encoding fits into `room` bytes."""
    while len(os.fsencode(text)) > room:
        text = text[:-1]
    return text


def copy(source: int, target: BinaryIO) -> str:
    """Copy an open file from its beginning; returns the SHA-256 of what was copied."""
    digest = hashlib.sha256()
    os.lseek(source, 0, os.SEEK_SET)
    while block := os.read(source, _BLOCK):
        digest.update(block)
        target.write(block)
    return digest.hexdigest()


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def make_folder(folder: Path) -> None:
    """Create a folder with its parents, each of them durable."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    sync(folder.parent)


def make_private(folder: Path) -> None:
    """Create a folder private to our user, whatever the umask, with all its files."""
    make_folder(folder)
    for path in (folder, *folder.iterdir()):
        hide(path)


def hide(path: Path) -> None:
    """Make it readable for our user only, if the file system has owners."""
    with suppress(PermissionError, FileNotFoundError):  # FAT does not; it may be gone
        path.chmod(0o700 if path.is_dir() else PRIVATE)


def remove(path: Path) -> None:
    """Remove a file or folder of our own, if it exists."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def sync(folder: Path) -> None:
    """Make the names in a folder survive a power cut; some network shares cannot."""
    with opened(folder, os.O_RDONLY | os.O_DIRECTORY) as descriptor:
        try:
            os.fsync(descriptor)
        except OSError as error:
            if error.errno not in (errno.EINVAL, errno.ENOTSUP):
                raise


@contextmanager
def opened(path: Path, flags: int) -> Generator[int]:
    descriptor = os.open(path, flags | os.O_CLOEXEC)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
