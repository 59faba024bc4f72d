"""Configuration files, opened with care and read no further than one can be long."""

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

from transcribid.config.composing import LARGEST
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
    """The file the administrator means."""
    try:
        with path.open("rb") as stream:
            return _layer(stream, str(path))
    except OSError as error:
        return _unreadable(str(path), error)


def found_layer(path: Path) -> Layer:
    """A file that anyone may have put there; empty if there is none."""
    place = os.fsencode(path).decode(errors="backslashreplace")
    try:
        with open(path, "rb", opener=_warily) as stream:
            return _layer(stream, place)
    except OSError as error:
        return Layer() if error.errno in _ABSENT else _unreadable(place, error)


def _warily(path: str, flags: int) -> int:
    """Follow no link and wait for no pipe."""
    descriptor = os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK)
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISREG(mode):
        return descriptor
    os.close(descriptor)
    raise OSError(errno.EISDIR if stat.S_ISDIR(mode) else errno.EINVAL, path)


def _layer(stream: BinaryIO, place: str) -> Layer:
    document = parse(stream.read(LARGEST + 1), place)
    origins = {key: Origin(place, line) for key, line in document.lines.items()}
    return Layer(document.data, {(): Origin(place), **origins}, document.problems)


def _unreadable(place: str, error: OSError) -> Layer:
    reason = _REASONS.get(error.errno or 0) or str(error.strerror).lower()
    return Layer(problems=(Origin(place).problem((), f"cannot be read: {reason}"),))
