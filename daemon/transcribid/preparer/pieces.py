"""A view of a file for FFmpeg: a header of ours, and parts of the real file."""

import io
import os
from collections.abc import Sequence
from typing import BinaryIO


class Pieces(io.RawIOBase):
    """Read-only; the content is not kept in memory.

    It can seek anywhere, as wrong headers ask for: beyond the end there is nothing to read.
    """

    def __init__(self, file: BinaryIO, header: bytes, parts: Sequence[range]) -> None:
        """`parts` are ranges of the file that follow the header, in order."""
        self._file = file
        self._header = header
        self._parts = parts
        self._size = len(header) + sum(map(len, parts))
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def tell(self) -> int:
        return self._at

    def read(self, size: int = -1, /) -> bytes:
        wanted = self._size if size < 0 else size
        found: list[bytes] = []
        while wanted > 0 and (some := self._some(wanted)):
            found.append(some)
            self._at += len(some)
            wanted -= len(some)
        return b"".join(found)

    def _some(self, wanted: int) -> bytes:
        if self._at < len(self._header):
            return self._header[self._at : self._at + wanted]
        at = self._at - len(self._header)
        for part in self._parts:
            if at < len(part):
                self._file.seek(part[at])
                return self._file.read(min(wanted, len(part) - at))
            at -= len(part)
        return b""
