# pyright: reportUnknownMemberType=false
"""Converts decoded frames to arrays, whatever the sample format and the number of channels.

PyAV converts only some sample formats, and counts the planes of a planar frame by looking for a
null pointer that is missing from eight channels on. Such frames go through swresample first,
which interleaves up to 64 channels, without mixing.
"""

import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from numpy.typing import NDArray

from transcribid.domain.job import Failure, FailureKind
from transcribid.protocol.errors import Refused

Channels = NDArray[np.float32]
"""Of shape (channels, samples); integers are scaled to -1 to 1, floats are left as they are."""

_MOST_PLANES = 7
_MOST_INTERLEAVED = 64
_FULL_SCALE = {"u8": 128.0, "s16": 32_768.0, "s32": 2_147_483_648.0, "flt": 1.0, "dbl": 1.0}


class FrameReader:
    """Converts frames of one shape: sample format, channels and rate stay the same."""

    def __init__(self, frame: AudioFrame) -> None:
        """Raises Refused for more planes than can be read."""
        self._channels = frame.layout.nb_channels
        self._interleaver: AudioResampler | None = None
        if not _readable(frame):
            if self._channels > _MOST_INTERLEAVED:
                raise Refused(_too_many(self._channels))
            self._interleaver = AudioResampler("flt", frame.layout, frame.sample_rate)

    def read(self, frame: AudioFrame) -> Channels:
        if self._interleaver is None:
            return _array(frame, self._channels)
        parts = [_array(each, self._channels) for each in self._interleaver.resample(frame)]
        return np.concatenate(parts, axis=1) if parts else np.zeros((self._channels, 0), "f4")


def _readable(frame: AudioFrame) -> bool:
    planes = frame.layout.nb_channels if frame.format.is_planar else 1
    return frame.format.name.removesuffix("p") in _FULL_SCALE and planes <= _MOST_PLANES


def _array(frame: AudioFrame, channels: int) -> Channels:
    raw = frame.to_ndarray()
    if not frame.format.is_planar:
        raw = raw.reshape(-1, channels).T
    name = frame.format.name.removesuffix("p")
    zero = _FULL_SCALE["u8"] if name == "u8" else 0.0
    with np.errstate(over="ignore"):  # a double may be beyond any float; mixing bounds it
        return ((raw - zero) / _FULL_SCALE[name]).astype(np.float32)


def _too_many(channels: int) -> Failure:
    message = f"It has {channels} channels; at most {_MOST_INTERLEAVED} are supported."
    remedy = "Keep the channels with speech, for example with `ffmpeg -i FILE -ac 1 NEW.flac`."
    return Failure(FailureKind.BAD_INPUT, message, remedy)
