"""WAV files written by hand: any number of channels, and headers that lie."""

import struct
from pathlib import Path

import numpy as np

from transcribid.preparer.mono import RATE, Samples

_FLOAT = 3


def floats(path: Path, samples: Samples) -> Path:
    """32-bit floats, of shape (samples,) or (channels, samples)."""
    channels = np.atleast_2d(samples)
    sound = np.ascontiguousarray(channels.T, "<f4").tobytes()
    path.write_bytes(riff(form(_FLOAT, len(channels), 32), chunk(b"data", sound)))
    return path


def pcm(samples: Samples) -> bytes:
    """16 bits."""
    return (samples * 32_767).astype("<i2").tobytes()


def form(kind: int = 1, channels: int = 1, bits: int = 16, rate: int = RATE) -> bytes:
    block = channels * bits // 8
    fields = struct.pack("<HHIIHH", kind, channels, rate, rate * block, block, bits)
    return chunk(b"fmt ", fields)


def chunk(name: bytes, content: bytes, length: int | None = None) -> bytes:
    """`length`: what its header says instead of the truth."""
    said = len(content) if length is None else length
    return struct.pack("<4sI", name, said) + content + bytes(len(content) % 2)


def riff(*chunks: bytes, length: int | None = None) -> bytes:
    return chunk(b"RIFF", b"WAVE" + b"".join(chunks), length)
