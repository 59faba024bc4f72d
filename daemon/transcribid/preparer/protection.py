"""Detects copy-protected recordings, in which FFmpeg finds only damage."""

import os
from collections.abc import Iterator
from typing import BinaryIO

from transcribid.domain.job import Failure, FailureKind
from transcribid.protocol.errors import Refused

_PROTECTED = (b"enca", b"drms", b"aavd", b"aavx")  # sample entries: MPEG, Apple, Audible
_PATH = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd")
_MOST = 10_000  # boxes to read
_ASF = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")
_ASF_ENCRYPTION = (  # the objects of content encryption, the old one and the extended one
    bytes.fromhex("fbb31122 23bdd211 b4b700a0 c955fc6e"),
    bytes.fromhex("14e68a29 2226174c b935dae0 7ee9289c"),
)
_HEAD = 65_536  # bytes


def refuse_protected(file: BinaryIO) -> None:
    """Raises Refused where the audio is encrypted. The file is rewound."""
    if _is_protected(file):
        message = "It is copy-protected (DRM); only its seller's player can open it."
        remedy = "Get an unprotected copy from its source, or remove it from the inbox."
        raise Refused(Failure(FailureKind.BAD_INPUT, message, remedy))


def _is_protected(file: BinaryIO) -> bool:
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    head = file.read(_HEAD)
    if head.startswith(_ASF):
        found = any(mark in head for mark in _ASF_ENCRYPTION)
    else:
        found = head[4:8] == b"ftyp" and any(
            entry in _PROTECTED
            for entry in _sample_entries(file, range(size), _PATH, iter(range(_MOST)))
        )
    file.seek(0)
    return found


def _sample_entries(
    file: BinaryIO, within: range, path: tuple[bytes, ...], budget: Iterator[int]
) -> Iterator[bytes]:
    """Names of the boxes at the end of the path, in all tracks."""
    for name, content in _boxes(file, within, budget):
        if not path:
            yield name
        elif name == path[0]:
            skipped = 8 if path == (b"stsd",) else 0  # its version, and a count
            yield from _sample_entries(file, content[skipped:], path[1:], budget)


def _boxes(
    file: BinaryIO, within: range, budget: Iterator[int]
) -> Iterator[tuple[bytes, range]]:
    """Name and range of the content of each."""
    at, end = within.start, within.stop
    for _ in budget:
        file.seek(at)
        head = file.read(16)
        if at + 8 > end or len(head) < 8:
            return
        length, content = int.from_bytes(head[:4], "big"), at + 8
        if length == 1:
            length, content = int.from_bytes(head[8:16], "big"), at + 16
        after = end if length == 0 else min(end, at + length)
        if after < content:
            return
        yield head[4:8], range(content, after)
        at = after
