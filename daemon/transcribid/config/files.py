"""Configuration files, opened safely and read up to the maximum size."""

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

from transcribid.config.composing import MAX_SIZE
from transcribid.config.layer import Layer
from transcribid.config.problem import Origin
from transcribid.config.yaml12 import parse

_REASONS = {
    errno.EINVAL: "it is not a regular file",
    errno.EISDIR: "it is a folder",
    errno.ELOOP: "it is a link",
}

_ABSENT = (errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG, errno.EISDIR)


def file_layer(path: Path) -> Layer:
    """The administrator's file."""
    try:
        with path.open("rb") as stream:
            return _layer(stream, str(path))
    except OSError as error:
        return _unreadable(str(path), error)


def found_layer(path: Path) -> Layer:
    """An untrusted file that may be absent; the layer is empty then."""
    place = os.fsencode(path).decode(errors="backslashreplace")
    try:
        with open(path, "rb", opener=_open_safely) as stream:
            return _layer(stream, place)
    except OSError as error:
        return Layer() if error.errno in _ABSENT else _unreadable(place, error)


def _open_safely(path: str, flags: int) -> int:
    """Follows no links and does not block on pipes."""
    descriptor = os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK)
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISREG(mode):
        return descriptor
    os.close(descriptor)
    raise OSError(errno.EISDIR if stat.S_ISDIR(mode) else errno.EINVAL, path)


def _layer(stream: BinaryIO, place: str) -> Layer:
    document = parse(stream.read(MAX_SIZE + 1), place)
    origins = {key: Origin(place, line) for key, line in document.lines.items()}
    return Layer(document.data, {(): Origin(place), **origins}, document.problems)


def _unreadable(place: str, error: OSError) -> Layer:
    reason = _REASONS.get(error.errno or 0) or str(error.strerror).lower()
    return Layer(problems=(Origin(place).problem((), f"cannot be read: {reason}"),))
