"""Finds runs of zeros where audio should be: the file has its size, but not all its content.

Downloads and torrents that preallocate, interrupted synchronisation and disks that lost sectors
leave such holes. Decoders skip many of them without an error. Compressed audio never contains
so many zeros in a row, but headers do: space that a recorder reserves in front (`free` in MP4,
Void in Matroska, PADDING in FLAC), which is ignored.
"""

import os
from collections.abc import Iterator
from typing import BinaryIO

from transcribid.preparer.boxes import boxes

_BLOCK = 1 << 16  # bytes; a hole contains at least one aligned block
_SAMPLE = 256  # bytes of a block that are checked first
_SHARE = 0.01  # of the file; less is hardly a sentence
_CLUSTER = b"\x1fC\xb6u"  # in Matroska, the element with the audio
_HEAD = 1 << 20  # bytes in which the first one begins


def holes(file: BinaryIO) -> tuple[int, int]:
    """How many bytes of compressed audio are zeros, and the offset of the first."""
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    head = file.read(_HEAD)
    found = [at for part in _of_sound(file, head, size) for at in _empty(file, part)]
    file.seek(0)
    total = len(found) * _BLOCK
    return (total, found[0]) if total > _SHARE * size else (0, 0)


def _of_sound(file: BinaryIO, head: bytes, size: int) -> Iterator[range]:
    """The parts of the file that contain audio and no header."""
    if head[4:8] == b"ftyp":
        yield from (part for name, part in boxes(file, size) if name in (b"mdat", b""))
    elif head.startswith(b"\x1aE\xdf\xa3"):
        yield range(max(0, head.find(_CLUSTER)), size)
    elif head.startswith(b"fLaC"):
        yield range(_after_metadata(file), size)
    else:
        yield range(len(head) - len(head.lstrip(b"\0")), size)


def _after_metadata(file: BinaryIO) -> int:
    at, last = 4, False
    while not last:
        file.seek(at)
        block = file.read(4)
        last = len(block) < 4 or bool(block[0] & 0x80)
        at += 4 + int.from_bytes(block[1:], "big")
    return at


def _empty(file: BinaryIO, part: range) -> Iterator[int]:
    """Offsets of blocks that are all zeros."""
    first = -(-part.start // _BLOCK) * _BLOCK
    for at in range(first, part.stop - _BLOCK + 1, _BLOCK):
        file.seek(at)
        if not any(file.read(_SAMPLE)):
            file.seek(at)
            if file.read(_BLOCK) == _ZEROS:
                yield at


_ZEROS = bytes(_BLOCK)
