# pyright: reportUnknownMemberType=false
"""One healthy recording of each container and codec that PyAV can write."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import av
import av.error
import numpy as np
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream

from support.sounds import bundled

_SECONDS = 3
_KINDS = (  # name, container, codec, samples for each second
    ("wav", "wav", "pcm_s16le", 16_000),
    ("float.wav", "wav", "pcm_f32le", 16_000),
    ("adpcm.wav", "wav", "adpcm_ms", 16_000),
    ("alaw.wav", "wav", "pcm_alaw", 8_000),
    ("w64", "w64", "pcm_s16le", 16_000),
    ("aiff", "aiff", "pcm_s16be", 16_000),
    ("au", "au", "pcm_s16be", 16_000),
    ("caf", "caf", "pcm_s16le", 16_000),
    ("flac", "flac", "flac", 16_000),
    ("wv", "wv", "wavpack", 16_000),
    ("tta", "tta", "tta", 16_000),
    ("mp3", "mp3", "libmp3lame", 16_000),
    ("aac", "adts", "aac", 16_000),
    ("m4a", "ipod", "aac", 16_000),
    ("alac.m4a", "ipod", "alac", 16_000),
    ("mov", "mov", "pcm_s16le", 16_000),
    ("ogg", "ogg", "libvorbis", 16_000),
    ("opus", "ogg", "libopus", 48_000),
    ("mka", "matroska", "flac", 16_000),
    ("webm", "webm", "libopus", 48_000),
    ("ts", "mpegts", "mp2", 16_000),
    ("flv", "flv", "libmp3lame", 22_050),
    ("avi", "avi", "libmp3lame", 16_000),
    ("wma", "asf", "wmav2", 16_000),
    ("ac3", "ac3", "ac3", 48_000),
    ("eac3", "eac3", "eac3", 48_000),
)


def made() -> dict[str, bytes]:
    """Each kind's name and content; those that this PyAV cannot write are left out."""
    return dict(_made())


def _made() -> Iterator[tuple[str, bytes]]:
    with tempfile.TemporaryDirectory() as folder:
        for name, container, codec, rate in _KINDS:
            path = Path(folder) / f"seed.{name}"
            try:
                _encode(path, container, codec, rate)
            except (av.error.FFmpegError, ValueError):
                continue
            yield name, path.read_bytes()


def _encode(path: Path, container: str, codec: str, rate: int) -> None:
    sound = bundled("en-short.wav")[: _SECONDS * 16_000]
    with av.open(str(path), "w", format=container) as output:
        stream = cast(AudioStream, output.add_stream(codec, rate=rate))
        stream.layout = "mono"
        size = stream.codec_context.frame_size or 1024
        resampler = AudioResampler(stream.format.name, "mono", rate, size)
        frame: Any = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(sound[None, :]), format="fltp", layout="mono"
        )
        frame.sample_rate = 16_000
        for part in (*resampler.resample(frame), *resampler.resample(None)):
            output.mux(stream.encode(part))
        output.mux(stream.encode(None))
