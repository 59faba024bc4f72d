"""Samples without a header, 16 kHz and one channel, become a WAV file on their way in."""

import os
import struct
import sys

from fastapi import HTTPException

from transcribid.web.context import Context
from transcribid.web.uploads import Arrival

_RATE, _WIDTH = 16_000, 2  # a second, bytes of each
_HEADER = struct.Struct("<4sI4s4sIHHIIHH4sI")
_MOST = 0xFFFFFFFF - _HEADER.size  # bytes that a header can tell of
_FILES = (b"RIFF", b"fLaC", b"OggS", b"ID3\x03", b"ID3\x04", b"\x1aE\xdf\xa3")  # how they begin


class Samples(Arrival):
    def __init__(self, context: Context, name: str, longest: float | None = None) -> None:
        """`longest` is in seconds: what comes after is not kept."""
        super().__init__(context, f"{name}.wav")
        self._room = sys.maxsize if longest is None else round(longest * _RATE) * _WIDTH
        self._size = 0  # bytes

    async def write(self, block: bytes) -> None:
        block = block[: self._room - self._size]
        self._size += len(block)
        await super().write(block)

    def _open(self) -> None:
        super()._open()
        self._write(_header(0))

    def _placed(self) -> str:
        """The header is told of them once all are here."""
        if not self._size:
            raise HTTPException(422, "The file has no samples.")
        if os.pread(self._descriptor, 4, _HEADER.size) in _FILES:
            raise HTTPException(422, "This file has a header: omit encode=false.")
        os.pwrite(self._descriptor, _header(self._size), 0)
        return super()._placed()


def _header(size: int) -> bytes:
    told = min(size, _MOST)
    form = (16, 1, 1, _RATE, _RATE * _WIDTH, _WIDTH, 8 * _WIDTH)  # length, PCM, one channel
    whole = _HEADER.size - 8 + told
    return _HEADER.pack(b"RIFF", whole, b"WAVE", b"fmt ", *form, b"data", told)
