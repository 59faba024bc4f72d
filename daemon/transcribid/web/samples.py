"""Raw mono samples at 16 kHz, written as a WAV file on arrival."""

import os
import struct
import sys

from fastapi import HTTPException

from transcribid.web.context import Context
from transcribid.web.uploads import Arrival

_RATE, _WIDTH = 16_000, 2  # samples per second, bytes per sample
_HEADER = struct.Struct("<4sI4s4sIHHIIHH4sI")
_MAX_SIZE = 0xFFFFFFFF - _HEADER.size  # bytes a header can declare
_MAGIC = (b"RIFF", b"fLaC", b"OggS", b"ID3\x03", b"ID3\x04", b"\x1aE\xdf\xa3")


class Samples(Arrival):
    def __init__(self, context: Context, name: str, max_seconds: float | None = None) -> None:
        """Samples beyond `max_seconds` are dropped."""
        super().__init__(context, f"{name}.wav")
        self._room = sys.maxsize if max_seconds is None else round(max_seconds * _RATE) * _WIDTH
        self._size = 0  # bytes

    async def write(self, block: bytes) -> None:
        block = block[: self._room - self._size]
        self._size += len(block)
        await super().write(block)

    def _open(self) -> None:
        super()._open()
        self._write(_header(0))

    def _placed(self) -> str:
        """Writes the final size to the header once all samples have arrived."""
        if not self._size:
            raise HTTPException(422, "The file has no samples.")
        if os.pread(self._descriptor, 4, _HEADER.size) in _MAGIC:
            raise HTTPException(422, "This file has a header: omit encode=false.")
        os.pwrite(self._descriptor, _header(self._size), 0)
        return super()._placed()


def _header(size: int) -> bytes:
    declared = min(size, _MAX_SIZE)
    layout = (16, 1, 1, _RATE, _RATE * _WIDTH, _WIDTH, 8 * _WIDTH)  # length, PCM, one channel
    whole = _HEADER.size - 8 + declared
    return _HEADER.pack(b"RIFF", whole, b"WAVE", b"fmt ", *layout, b"data", declared)
