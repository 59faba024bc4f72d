"""Recordings for tests: the same sentence each time, the bytes never twice."""

import io
import struct
import wave
from hashlib import sha256
from itertools import count

from transcribid import starter

SAID = (starter.RECORDINGS / "en-short.txt").read_text(encoding="utf-8")
_numbers = count(1)


def clip(*, tail: int = 0) -> bytes:
    """A recording of its own.

    The bytes of its tail are beyond what its header tells of: it sounds whole without them.
    """
    return _with_chunk(_spoken(), b"note", b"recording %d" % next(_numbers)) + bytes(tail)


def long_clip(*, minutes: int) -> bytes:
    """The sentence again and again: longer at work than any test waits."""
    return _with_chunk(_spoken(times=minutes * 60 // 4), b"note", b"%d" % next(_numbers))


def digest(content: bytes) -> str:
    return sha256(content).hexdigest()


def _spoken(times: int = 1) -> bytes:
    written = io.BytesIO()
    with (
        wave.open(str(starter.RECORDINGS / "en-short.wav")) as recording,
        wave.open(written, "wb") as copy,
    ):
        copy.setparams(recording.getparams())
        copy.writeframes(recording.readframes(recording.getnframes()) * times)
    return written.getvalue()


def _with_chunk(riff: bytes, name: bytes, content: bytes) -> bytes:
    """Players skip the chunks they do not know."""
    content += bytes(len(content) % 2)
    body = riff[8:] + name + struct.pack("<I", len(content)) + content
    return b"RIFF" + struct.pack("<I", len(body)) + body
