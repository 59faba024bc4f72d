# pyright: reportUnknownMemberType=false
"""Media files to samples and back, for recordings that the benchmark makes."""

from pathlib import Path
from typing import cast

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from numpy.typing import NDArray

RATE = 16_000  # samples per second
_CODECS = {".flac": "flac", ".mp3": "libmp3lame", ".ogg": "libopus", ".wav": "pcm_s16le"}
_RATES = {".ogg": 48_000}  # Opus knows no other rate that we could ask of every FFmpeg
_BIT_RATES = {".mp3": 64_000, ".ogg": 24_000}  # as voice recorders and messengers choose
_BLOCK = RATE  # samples

Samples = NDArray[np.float32]


def read(path: Path, headerless: str | None = None) -> Samples:
    """Mono sound at RATE, in -1 to 1; a file without a header needs the name of its format."""
    resampler = AudioResampler(format="flt", layout="mono", rate=RATE)
    blocks: list[Samples] = []
    with av.open(str(path), format=headerless) as source:
        for frame in (*source.decode(audio=0), None):
            blocks += [heard.to_ndarray()[0] for heard in resampler.resample(frame)]
    return np.concatenate(blocks or [np.empty(0, np.float32)])


def seconds(path: Path) -> float:
    return len(read(path)) / RATE


def write(path: Path, samples: Samples) -> None:
    """In the format that the name ends in."""
    rate = _RATES.get(path.suffix, RATE)
    with av.open(str(path), "w") as container:
        stream = cast(AudioStream, container.add_stream(_CODECS[path.suffix], rate=rate))
        stream.layout = "mono"
        if path.suffix in _BIT_RATES:
            stream.bit_rate = _BIT_RATES[path.suffix]
        resampler = AudioResampler(stream.format.name, "mono", rate, stream.frame_size or None)
        for first in range(0, len(samples), _BLOCK):
            for frame in resampler.resample(_frame(samples, first)):
                container.mux(stream.encode(frame))
        for frame in resampler.resample(None):
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def _frame(samples: Samples, first: int) -> AudioFrame:
    block = np.ascontiguousarray(samples[first : first + _BLOCK], np.float32)
    frame = AudioFrame.from_ndarray(block.reshape(1, -1), format="flt", layout="mono")
    frame.sample_rate = RATE
    frame.pts = first
    return frame
