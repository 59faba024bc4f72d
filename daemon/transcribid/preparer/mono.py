# pyright: reportUnknownMemberType=false
"""Converts frames of one shape to mono at 16,000 samples per second."""

from collections.abc import Iterable, Iterator

import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from numpy.typing import NDArray

from transcribid.domain.job import Failure, FailureKind
from transcribid.preparer.frames import FrameReader
from transcribid.preparer.mixing import Mixer, Mono
from transcribid.protocol.errors import Refused

RATE = 16_000  # samples per second of Whisper's input
_RATES = range(1_000, 3_000_001)  # samples per second; DSD512 has 2.8 million

Samples = NDArray[np.float32]


class MonoDecoder:
    """Converts frames as long as their sample format, channels and rate stay the same."""

    def __init__(self, frame: AudioFrame, scale: float) -> None:
        """`scale` is that of the decoder before. Raises Refused for an absurd rate."""
        if frame.sample_rate not in _RATES:
            raise Refused(_absurd(frame.sample_rate))
        self._shape = _shape(frame)
        self._rate = frame.sample_rate
        self._reader = FrameReader(frame)
        self._mixer = Mixer(frame.layout.nb_channels, frame.sample_rate, scale)
        self._resampler: AudioResampler | None = None

    @property
    def scale(self) -> float:
        return self._mixer.scale

    def fits(self, frame: AudioFrame) -> bool:
        return _shape(frame) == self._shape

    def add(self, frame: AudioFrame) -> Iterator[Samples]:
        yield from self._resampled(self._mixer.add(self._reader.read(frame)))

    def flush(self) -> Iterator[Samples]:
        """The rest of what was added; more may follow."""
        yield from self._resampled(self._mixer.flush())
        if self._resampler:
            resampler, self._resampler = self._resampler, None
            yield from _arrays(resampler.resample(None))

    def _resampled(self, seconds: Iterable[Mono]) -> Iterator[Samples]:
        for second in seconds:
            if self._resampler is None:
                self._resampler = AudioResampler("flt", "mono", RATE)
            frame = AudioFrame.from_ndarray(second[None], format="flt", layout="mono")
            frame.sample_rate = self._rate
            yield from _arrays(self._resampler.resample(frame))


def _arrays(frames: Iterable[AudioFrame]) -> Iterator[Samples]:
    for frame in frames:
        yield frame.to_ndarray()[0]


def _shape(frame: AudioFrame) -> tuple[str, int, int]:
    return frame.format.name, frame.layout.nb_channels, frame.sample_rate


def _absurd(rate: int) -> Failure:
    message = f"It claims an impossible sample rate, {rate} Hz."
    return Failure(FailureKind.BAD_INPUT, message, "Record or convert it again.")
