# pyright: reportUnknownMemberType=false
"""Media files for tests, encoded with FFmpeg's own libraries."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import av
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream

from transcribid import starter

SPEECH = starter.RECORDINGS / "en-short.wav"
CODECS = {
    "mp3": "libmp3lame",
    "m4a": "aac",
    "flac": "flac",
    "opus": "libopus",
    "mkv": "flac",
    "webm": "libopus",
    "mp4": "aac",
    "wav": "pcm_s16le",
    "aiff": "pcm_s16be",
    "ac3": "ac3",
}


def encoded(path: Path, codec: str, *, rate: int = 48_000, times: int = 1) -> Path:
    """The short recording in another format, so often."""
    wanted: dict[str, Any] = {"bit_rate": 64_000} if codec.startswith("wma") else {}
    with av.open(str(path), "w") as container:
        stream = cast(AudioStream, container.add_stream(codec, rate=rate, **wanted))
        stream.layout = "mono"
        resampler = AudioResampler(stream.format.name, "mono", rate, stream.frame_size or None)
        for frame in _frames(resampler, times):
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def video(path: Path, *, seconds: float = 1.0, sound: bool = False, delay: float = 0.0) -> Path:
    """A black picture, with the short recording's sound, maybe late, or silent."""
    with av.open(str(path), "w") as container:
        picture: Any = container.add_stream("mpeg4", rate=25)
        picture.width, picture.height, picture.pix_fmt = 64, 64, "yuv420p"
        stream = container.add_stream("aac", rate=48_000) if sound else None
        for number in range(int(25 * seconds)):
            frame = av.VideoFrame(64, 64, "yuv420p")
            frame.pts = number
            container.mux(picture.encode(frame))
        container.mux(picture.encode(None))
        if stream:
            resampler = AudioResampler(stream.format.name, "mono", 48_000, stream.frame_size)
            for frame in _frames(resampler):
                frame.pts = (frame.pts or 0) + round(delay * 48_000)
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
    return path


def _frames(resampler: AudioResampler, times: int = 1) -> Iterator[AudioFrame]:
    at = 0
    for _ in range(times):
        with av.open(str(SPEECH)) as source:
            for frame in source.decode(audio=0):
                frame.pts, at = at, at + frame.samples
                yield from resampler.resample(frame)
    yield from resampler.resample(None)
