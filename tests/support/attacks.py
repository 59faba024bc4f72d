# pyright: reportUnknownMemberType=false
"""Recordings made to keep a decoder busy, or to end it."""

import os
import struct
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import av
import numpy as np
from av.audio.stream import AudioStream

from support.media import encoded
from support.wav import chunk, form, riff

_HOUR = 3600.0  # seconds
_GIANT = 200 << 20  # bytes
_GARBAGE = bytes(range(200, 240))


def dirt(folder: Path) -> list[Path]:
    """Six good recordings with garbage behind their sound."""
    return list(_dirty(folder))


def bombs(folder: Path) -> list[Path]:
    """Little to store, and much to decode, hold in memory or wait for."""
    return [_bomb(folder / name) for name, _bomb in _BOMBS.items()]


def _dirty(folder: Path) -> Iterator[Path]:
    for name, codec in (("caf", "pcm_s16le"), ("w64", "pcm_s16le"), ("wv", "wavpack")):
        for number in (1, 2):
            path = encoded(folder / f"dirty{number}.{name}", codec)
            with path.open("ab") as file:
                file.write(_GARBAGE * number)
            yield path


def _sparse_wav(path: Path) -> Path:
    """Three gigabytes of silence that no disk holds."""
    header = riff(form(), chunk(b"data", b"", 3 << 30), length=(3 << 30) + 36)
    return _sparse(path, header, 3 << 30, b"")


def _giant_list(path: Path) -> Path:
    """A title of 200 MB before the sound of a WAV."""
    title = struct.pack("<4sI4s4sI", b"LIST", _GIANT + 12, b"INFO", b"INAM", _GIANT)
    sound = chunk(b"data", bytes(96_000))
    start = riff(form(), length=_GIANT + 96_056) + title
    return _sparse(path, start, _GIANT, sound)


def _giant_cover(path: Path) -> Path:
    """A picture of 200 MB before an mp3."""
    picture = b"APIC" + struct.pack(">IH", _GIANT, 0)
    tag = b"ID3\x03\0\0" + _seven_bits(len(picture) + _GIANT)
    return _sparse(path, tag + picture, _GIANT, _mp3(path.parent))


def _many_tags(path: Path) -> Path:
    """A million small ID3 frames before an mp3."""
    texts = (b"\0k%d\0v" % number for number in range(1_000_000))
    frames = b"".join(b"TXXX" + struct.pack(">IH", len(text), 0) + text for text in texts)
    path.write_bytes(b"ID3\x03\0\0" + _seven_bits(len(frames)) + frames + _mp3(path.parent))
    return path


def _wide(channels: int) -> Callable[[Path], Path]:
    def noise(path: Path) -> Path:
        samples = np.random.default_rng(channels).bytes(48_000 * 2 * channels)
        path.write_bytes(riff(form(1, channels, 16, 48_000), chunk(b"data", samples)))
        return path

    return noise


def _slow(path: Path) -> Path:
    """A sample in each second, for half a day."""
    path.write_bytes(riff(form(bits=8, rate=1), chunk(b"data", b"\x80" * 43_000)))
    return path


def _silent_hours(path: Path) -> Path:
    """Three hours of nothing in two megabytes."""
    silence: Any = av.AudioFrame.from_ndarray(
        np.zeros((1, 4096), np.int16), format="s16", layout="mono"
    )
    silence.sample_rate = 16_000
    with av.open(str(path), "w") as container:
        stream = container.add_stream("flac", rate=16_000)
        stream.layout = "mono"
        for number in range(int(3 * _HOUR * 16_000 / 4096)):
            silence.pts = number * 4096
            container.mux(stream.encode(silence))
        container.mux(stream.encode(None))
    return path


def _gap(form: str, codec: str, rate: int) -> Callable[[Path], Path]:
    """A second of noise, and one more that claims to come half a day later."""

    def written(path: Path) -> Path:
        with av.open(str(path), "w", format=form) as container:
            stream = cast(AudioStream, container.add_stream(codec, rate=rate))
            stream.layout = "mono"
            for at in (0, round(11.9 * _HOUR * rate)):
                for number in range(20):
                    _mux(container, stream, at + number * 1024, number)
            container.mux(stream.encode(None))
        return path

    return written


def _mux(container: Any, stream: AudioStream, at: int, seed: int) -> None:
    noise = np.random.default_rng(seed).normal(0, 3000, (1, 1024)).astype(np.int16)
    frame: Any = av.AudioFrame.from_ndarray(noise, format="s16", layout="mono")
    frame.sample_rate, frame.pts = stream.rate, at
    container.mux(stream.encode(frame))


def _mp3(folder: Path) -> bytes:
    path = encoded(folder / "plain.mp3", "libmp3lame")
    sound = path.read_bytes()
    path.unlink()
    return sound


def _sparse(path: Path, start: bytes, nothing: int, end: bytes) -> Path:
    with path.open("wb") as file:
        file.write(start)
        file.seek(nothing, os.SEEK_CUR)
        file.write(end)
        file.truncate()
    return path


def _seven_bits(number: int) -> bytes:
    """As ID3 writes the length of its tag."""
    return bytes(number >> shift & 127 for shift in (21, 14, 7, 0))


_BOMBS: Mapping[str, Callable[[Path], Path]] = {
    "nothing.wav": _sparse_wav,
    "title.wav": _giant_list,
    "cover.mp3": _giant_cover,
    "tags.mp3": _many_tags,
    "wide255.wav": _wide(255),
    "wide512.wav": _wide(512),
    "slow.wav": _slow,
    "hours.flac": _silent_hours,
    "gap.mka": _gap("matroska", "flac", 16_000),
    "gap.ts": _gap("mpegts", "ac3", 48_000),
}
