"""The top-level boxes of an MP4 (ISO/IEC 14496-12): a length, a name, and the content."""

from collections.abc import Iterator
from typing import BinaryIO

_MOST = 200_000  # two for each second of a live recording of a day


def boxes(file: BinaryIO, size: int) -> Iterator[tuple[bytes, range]]:
    """Name and range of each; bytes that cannot be a box are a last one without a name."""
    at = 0
    for _ in range(_MOST):
        if at >= size:
            return
        file.seek(at)
        head = file.read(16)
        length, name = int.from_bytes(head[:4], "big"), head[4:8]
        if length == 1:
            length = int.from_bytes(head[8:16], "big")
        if not length:
            length = size - at  # up to the end
            if not any(name):
                name = b""
        if length < 8:
            name, length = b"", size - at
        yield name, range(at, min(at + length, size))
        at += length
