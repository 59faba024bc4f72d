"""Compares the size of a file with its header: whatever is missing was cut off.

FFmpeg silently takes the end of a file for the end of the audio. Durations are no help: many
are guesses, and some claim hours. But where the header declares a size, a program wrote it when
the file was complete. Recorders that stream leave 0 or all ones there.

What follows the declared end, and starts like the file itself, is another recording that
somebody appended (`cat a.m4a b.m4a`). FFmpeg never reaches it.

An Ogg file declares no size, but marks its last page.
"""

import os
import re
from typing import BinaryIO

from transcribid.preparer.boxes import boxes

_HEAD = 65_536  # bytes that are searched
_TAGS = 8  # tags of one file that are skipped
_SLACK = 2048  # bytes that are no audio: some headers count a tag that was removed later
_UNKNOWN = (0, 0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF, 0x7FFFFFFFFFFFFFFF)
_LARGEST_PAGE = 27 + 255 + 255 * 255  # bytes, in Ogg


def missing_bytes(file: BinaryIO) -> int:
    """How many bytes of the declared size are missing. The file is rewound."""
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    head = file.read(_HEAD)
    claims = (_riff(head), _w64(head), _caf(head), _asf(head), _matroska(head))
    end = next((end for end in claims if end is not None), None) or _mp3(file, head)
    file.seek(0)
    return max(0, (end or 0) - size)


def bytes_behind(file: BinaryIO) -> int:
    """How many bytes of a second recording follow the first one. The file is rewound."""
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    head = file.read(_HEAD)
    is_movie = head[4:8] == b"ftyp"
    end = _second_movie(file, size) if is_movie else (_form(head) or _asf(head))
    file.seek(end or 0)
    begins_anew = is_movie or file.read(4) == head[:4]
    file.seek(0)
    return max(0, size - end) if end and begins_anew else 0


def _second_movie(file: BinaryIO, size: int) -> int | None:
    """Where the boxes of a second MP4 begin."""
    begins = (part.start for name, part in boxes(file, size) if name == b"ftyp" and part.start)
    return next(begins, None)


def _form(head: bytes) -> int | None:
    return _riff(head) if head.startswith(b"FORM") else None


def has_open_end(file: BinaryIO) -> bool:
    """Whether it is an Ogg file without its last page. The file is rewound."""
    file.seek(0)
    if file.read(4) != b"OggS":
        file.seek(0)
        return False
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - _LARGEST_PAGE))
    tail = file.read(_LARGEST_PAGE)
    file.seek(0)
    return not _closes(tail[tail.rfind(b"OggS") :])


def _closes(page: bytes) -> bool:
    if len(page) < 27 or not page[5] & 4:
        return False
    segments = page[27 : 27 + page[26]]
    return len(segments) == page[26] and len(page) >= 27 + len(segments) + sum(segments)


def _riff(head: bytes) -> int | None:
    if head[:4] not in (b"RIFF", b"FORM"):
        return None
    length = int.from_bytes(head[4:8], "little" if head[:4] == b"RIFF" else "big")
    return None if length in _UNKNOWN else length + 8


def _w64(head: bytes) -> int | None:
    length = int.from_bytes(head[16:24], "little")
    known = head[:8] == b"riff\x2e\x91\xcf\x11" and length not in _UNKNOWN
    return length if known else None


def _caf(head: bytes) -> int | None:
    """Where its audio chunk ends; what follows is not needed."""
    at = 8 if head[:4] == b"caff" else len(head)
    while at + 12 <= len(head):
        name, length = head[at : at + 4], int.from_bytes(head[at + 4 : at + 12], "big")
        at += 12 + length
        if name == b"data":
            return None if length in _UNKNOWN else at
    return None


def _asf(head: bytes) -> int | None:
    """By the file properties object, unless its broadcast flag is set."""
    at = head.find(_ASF_PROPERTIES) if head.startswith(_ASF) else -1
    if at < 0 or len(head) < at + 92 or head[at + 88] & 1:
        return None
    length = int.from_bytes(head[at + 40 : at + 48], "little")
    return None if length in _UNKNOWN else length


def _matroska(head: bytes) -> int | None:
    """Where its segment ends."""
    if not head.startswith(b"\x1aE\xdf\xa3"):
        return None
    length, at = _number(head, 4)
    start = at + (length or 0)
    if head[start : start + 4] != b"\x18S\x80g":
        return None
    length, at = _number(head, start + 4)
    return None if length is None else at + length


def _number(head: bytes, at: int) -> tuple[int | None, int]:
    """An EBML number, None where it is unknown, and where it ends."""
    first = head[at] if at < len(head) else 0
    if not first:
        return None, at
    width = 9 - first.bit_length()
    value = int.from_bytes(head[at : at + width], "big") & (1 << 7 * width) - 1
    return (None if value == (1 << 7 * width) - 1 else value), at + width


def _mp3(file: BinaryIO, head: bytes) -> int | None:
    """By its Xing, Info or VBRI header, which counts the bytes from its own frame on."""
    start = after_tags(file, head)
    file.seek(start)
    frame = file.read(200)
    if frame[:1] != b"\xff" or len(frame) < 64:
        return None
    if frame[36:40] == b"VBRI":
        return start + int.from_bytes(frame[46:50], "big") - _SLACK
    if not (found := _XING.match(frame, 4)) or not frame[found.end() + 3] & 2:
        return None
    at = found.end() + 4 + 4 * (frame[found.end() + 3] & 1)
    return start + int.from_bytes(frame[at : at + 4], "big") - _SLACK


def after_tags(file: BinaryIO, head: bytes) -> int:
    """The offset after leading ID3 tags and the zeros that follow. The file is not rewound."""
    at = 0
    for _ in range(_TAGS):
        if head[:3] != b"ID3" or len(head) < 10:
            break
        at += 10 + sum(byte << 7 * (9 - place) for place, byte in enumerate(head[6:10], 6))
        file.seek(at)
        head = file.read(_HEAD)
    return at + len(head) - len(head.lstrip(b"\0"))


_XING = re.compile(rb".{9,34}?(Xing|Info)", re.DOTALL)
_ASF = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")
_ASF_PROPERTIES = bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365")
