"""WAV files whose header declares a wrong length.

The header has 32 bits for the length and is written before the audio. So recorders that stream
leave a placeholder there, the length of files of more than 4 GiB overflows, some telephone
servers never correct the first guess, and `cat a.wav b.wav` leaves a second file after the
first. FFmpeg trusts the header and silently drops the rest.

Here the chunks after the audio are read. A known chunk (LIST, cue, an ID3 tag) stays what it
is. A second "data", or a whole second file of the same format, is audio too; bytes that are no
chunk at all continue the audio. FFmpeg gets a view of the file with all audio in one chunk of
unknown length. Where samples have fewer valid bits than they occupy, the header declares all of
them valid, because FFmpeg derives the sample size from the valid bits.
"""

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import BinaryIO

from transcribid.preparer.pieces import Pieces

_PLACEHOLDERS = (0, 0xFFFFFFFF)
_STREAMED = range(0x7FFFF000, 0x80000100)  # sox, arecord, Asterisk: 2 GiB, more or less
_TAGS = (b"ID3", b"TAG")  # at the end of some files; they are no chunks
_CODING = (b"fmt ", b"ds64", b"fact")  # chunks that describe the coding
_LARGEST_FORMAT = 4096  # bytes of such a chunk that is read
_LARGE = 1 << 20  # bytes of other chunks before the audio, which FFmpeg would keep in memory
_LIKELY = 64  # chunks before the audio that are read
_EXTENSIBLE, _PCM = b"\xfe\xff", b"\x01\0"
_WORTH = 4096  # bytes after the audio that are more than padding


@dataclass(frozen=True, slots=True)
class WavLayout:
    """The content of a WAV file."""

    header: bytes  # the chunks that describe the coding, up to the length of the audio
    format: bytes  # the content of its "fmt " chunk
    sound: tuple[range, ...]  # offsets of the audio bytes
    declared: int  # audio bytes, by its header; 0 where it leaves that open
    other: int = 0  # bytes after the audio that are audio in another format
    tail: int = 0  # bytes after everything that are neither audio nor chunks
    corrected: bool = False  # whether FFmpeg needs another header than the file's

    @property
    def lying(self) -> bool:
        """Whether FFmpeg would drop audio, or take other bytes for audio."""
        more = bool(self.declared) and len(self.sound[0]) > self.declared
        return more or len(self.sound) > 1 or bool(self.tail) or self.corrected

    @property
    def missing(self) -> int:
        """Audio bytes that are declared and not there."""
        return max(0, self.declared - sum(map(len, self.sound)))


@dataclass(frozen=True, slots=True)
class _Begun:
    header: bytes  # the chunks that describe the coding, up to the length of the audio
    format: bytes
    declared: int
    start: int  # offset of the audio in the file


def layout(file: BinaryIO) -> WavLayout | None:
    """None for what is no WAV file with audio. The file is rewound."""
    size = file.seek(0, os.SEEK_END)
    try:
        found = _chunk_of_sound(file, 0, size)
        return _corrected(_extended(file, found, size)) if found else None
    finally:
        file.seek(0)


def one_chunk(file: BinaryIO, layout: WavLayout) -> Pieces:
    """The same audio as a file with one audio chunk of unknown length."""
    header = layout.header[:4] + b"\xff" * 4 + layout.header[8:] + b"\xff" * 4
    return Pieces(file, header, layout.sound)


def _corrected(layout: WavLayout) -> WavLayout:
    """FFmpeg takes the valid bits for the sample size; declare all bits valid."""
    kind, header = layout.format, layout.header
    if len(kind) < 40 or kind[:2] != _EXTENSIBLE or kind[24:26] != _PCM:
        return layout
    bits, valid = kind[14:16], kind[18:20]
    if valid == bits:
        return layout
    at = header.index(kind) + 18
    return replace(layout, header=header[:at] + bits + header[at + 2 :], corrected=True)


def _chunk_of_sound(file: BinaryIO, start: int, size: int) -> _Begun | None:
    """The head of the file that begins at `start`, up to its audio."""
    file.seek(start)
    if (head := file.read(12))[:4] not in (b"RIFF", b"RF64") or head[8:] != b"WAVE":
        return None
    kind = b""
    for name, length, at in _chunks(file, start + 12, size):
        if name in _CODING and length <= _LARGEST_FORMAT:
            file.seek(at - 8)
            chunk = file.read(8 + length + length % 2)
            head, kind = head + chunk, chunk[8 : 8 + length] if name == b"fmt " else kind
        if name == b"data":
            return _Begun(head + name, kind, length, at) if kind else None
    return None


def _chunks(file: BinaryIO, at: int, size: int) -> Iterator[tuple[bytes, int, int]]:
    """Name, declared length and offset of the content of each."""
    for _ in range(_LIKELY):
        file.seek(at)
        head = file.read(8)
        if len(head) < 8:
            return
        name, length = struct.unpack("<4sI", head)
        yield name, length, at + 8
        at += 8 + length + length % 2
        if at >= size:
            return


def _extended(file: BinaryIO, begun: _Begun, size: int) -> WavLayout:
    header, kind, declared, start = begun.header, begun.format, begun.declared, begun.start
    tagged = start - len(header) > _LARGE
    if declared in _PLACEHOLDERS or (declared in _STREAMED and start + declared > size):
        return WavLayout(header, kind, (range(start, size),), 0, corrected=tagged)
    pieces, other, at = [range(start, min(size, start + declared))], 0, start + declared
    at += at % 2 and not _is_chunk(file, at, size)  # some do not pad
    while size - at >= 8 and (piece := _sound_at(file, at, size, kind)) is not None:
        name, found, at = piece
        if name == b"other":
            other += len(found)
        elif name == b"more" and found.start == pieces[-1].stop:
            pieces[-1] = range(pieces[-1].start, found.stop)
        elif name != b"skip":
            pieces.append(found)
    tail = max(0, size - at)
    return WavLayout(header, kind, tuple(pieces), declared, other, tail, corrected=tagged)


def _sound_at(
    file: BinaryIO, at: int, size: int, kind: bytes
) -> tuple[bytes, range, int] | None:
    """What is there (skip, data, more, other), the range of its audio, and what follows it."""
    file.seek(at)
    name, length = struct.unpack("<4sI", file.read(8))
    if name == b"RIFF" and (second := _chunk_of_sound(file, at, size)):
        open_ended = second.declared in _PLACEHOLDERS
        stop = size if open_ended else min(size, second.start + second.declared)
        sound = range(second.start, stop)
        return (b"data" if second.format == kind else b"other"), sound, stop + stop % 2
    stop = min(size, at + 8 + length)
    if name == b"data":
        stop = size if length in _PLACEHOLDERS else stop
        return b"data", range(at + 8, stop), stop + stop % 2
    if _is_chunk(file, at, size):
        return b"skip", range(0), stop + stop % 2
    if name[:3] in _TAGS or size - at < _WORTH:
        return None
    return b"more", range(at, size), size


def _is_chunk(file: BinaryIO, at: int, size: int) -> bool:
    """Whether a chunk with a readable name begins there and ends within the file."""
    file.seek(at)
    head = file.read(8)
    if len(head) < 8:
        return False
    name, length = struct.unpack("<4sI", head)
    readable = all(0x20 <= byte < 0x7F for byte in name) and name[:1].isalnum()
    return readable and at + 8 + length <= size + 1
