# pyright: reportUnknownMemberType=false
"""Media to sound: every packet that can be decoded, and a count of those that cannot."""

import os
from collections.abc import Iterator
from typing import Any, BinaryIO

import av
import av.error
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer
from numpy.typing import NDArray

from transcribid.domain.job import Failure, FailureKind
from transcribid.domain.transcript import Audio
from transcribid.engine import Refused
from transcribid.engine.preparer.media import (
    CODECS,
    FORMATS,
    declares_duration,
    is_recording,
    missing_bytes,
)

RATE = 16_000  # samples per second, what Whisper hears
_GAP = 0.1  # seconds; a shorter jump of the timestamps is jitter
_LONGEST_GAP = 12 * 3600.0  # seconds; a longer one is damage
_SHORTEST = 0.1  # seconds of sound that are worth hearing
_CUT = 0.98  # of the declared duration; less means that the end is missing

Samples = NDArray[np.float32]


class Recording:
    """An open media file; `blocks` may be asked for once, the facts are whole after it."""

    def __init__(self, file: BinaryIO, max_duration: float) -> None:
        """Raises Refused when the file is not a recording we may read."""
        head = file.read(64)
        self._missing = missing_bytes(head, file.seek(0, os.SEEK_END))
        file.seek(0)
        self._container = _open(file, head)
        self._stream = _audio_stream(self._container)
        self._max_samples = int(max_duration * RATE)
        self._resampler: AudioResampler | None = None
        self._shape: tuple[str, str, int] | None = None
        self._samples = 0
        self._packets = 0
        self._errors = 0

    @property
    def facts(self) -> Audio:
        return Audio(
            container=self._container.format.name,
            codec=self._stream.codec_context.name,
            duration=self.duration,
            decoded=self._samples / RATE,
            errors=self._errors,
            missing=self._missing_end(),
        )

    @property
    def position(self) -> float:
        """Seconds that were decoded so far."""
        return self._samples / RATE

    @property
    def duration(self) -> float | None:
        """Seconds, as the container claims."""
        if self._stream.duration and self._stream.time_base:
            return float(self._stream.duration * self._stream.time_base)
        if self._container.duration:
            return self._container.duration / av.time_base
        return None

    def blocks(self) -> Iterator[Samples]:
        """Mono sound at RATE, float32 in -1 to 1, with silence where timestamps jump ahead.

        Raises Refused when it is too long, damaged beyond use, or nearly nothing.
        """
        for packet in self._container.demux(self._stream):
            for frame in self._frames(packet):
                yield from self._heard(frame)
                if self._samples > self._max_samples:
                    raise Refused(_too_long(self._max_samples / RATE))
        if self._resampler:
            yield from self._counted(self._resampler.resample(None))
        self._judge()

    def check_header(self) -> None:
        """Raises Refused when the header alone shows that the end is missing."""
        if self._missing:
            self.check_complete()

    def check_complete(self) -> None:
        """Raises Refused when the end of the recording is missing."""
        if missing := self._missing_end():
            raise Refused(Failure(FailureKind.INCOMPLETE, missing, _AGAIN))

    def _missing_end(self) -> str:
        """A sentence that says how much of the end is missing, or nothing."""
        if self._missing:
            return f"By its header, {self._missing} bytes more should be in the file."
        claimed, decoded = self.duration, self._samples / RATE
        if claimed is None or not declares_duration(self._container, self._stream):
            return ""
        if decoded >= claimed * _CUT - _GAP:
            return ""
        return f"It should have {claimed:.1f} seconds, but only {decoded:.1f} are in the file."

    def _frames(self, packet: Any) -> list[AudioFrame]:
        self._packets += 1
        try:
            return packet.decode()
        except av.error.FFmpegError:
            self._errors += 1
            return []

    def _heard(self, frame: AudioFrame) -> Iterator[Samples]:
        if gap := self._gap_before(frame):
            yield np.zeros(gap, np.float32)
            self._samples += gap
        shape = (frame.format.name, frame.layout.name, frame.sample_rate)
        if shape != self._shape:
            if self._resampler:
                yield from self._counted(self._resampler.resample(None))
            self._resampler = AudioResampler(format="flt", layout="mono", rate=RATE)
            self._shape = shape
        frame.pts = None
        if self._resampler:
            yield from self._counted(self._resampler.resample(frame))

    def _gap_before(self, frame: AudioFrame) -> int:
        """Samples of silence that the timestamps ask for, as FFmpeg's async=1 gives them."""
        if frame.pts is None or frame.time_base is None:
            return 0
        start = (self._container.start_time or 0) / av.time_base
        gap = float(frame.pts * frame.time_base) - start - self._samples / RATE
        return round(gap * RATE) if _GAP < gap < _LONGEST_GAP else 0

    def _counted(self, frames: list[AudioFrame]) -> Iterator[Samples]:
        for frame in frames:
            block: Samples = frame.to_ndarray()[0]
            self._samples += len(block)
            yield block

    def _judge(self) -> None:
        if self._errors > self._packets / 2:
            message = f"{self._errors} of {self._packets} packets are damaged."
            raise Refused(Failure(FailureKind.BAD_INPUT, message, _PLAYS))
        if self._samples < _SHORTEST * RATE:
            message = f"There are only {self._samples / RATE:.2f} seconds of sound in it."
            raise Refused(Failure(FailureKind.INCOMPLETE, message, _AGAIN))


def _open(file: BinaryIO, head: bytes) -> InputContainer:
    options = {"format_whitelist": FORMATS, "codec_whitelist": CODECS, "protocol_whitelist": ""}
    # av 19 dropped the argument and ignores broken tags of itself
    tolerant: dict[str, Any] = {} if _major() >= 19 else {"metadata_errors": "ignore"}
    try:
        return av.open(file, mode="r", options=options, **tolerant)
    except (av.error.FFmpegError, ValueError) as error:
        said = getattr(error, "strerror", None) or str(error)
        raise Refused(_unreadable(head, said)) from error


def _audio_stream(container: InputContainer) -> AudioStream:
    if not container.streams.audio:
        found = ", ".join(stream.type for stream in container.streams) or "nothing"
        message = f"It has no audio stream (a {container.format.name} file with: {found})."
        raise Refused(Failure(FailureKind.BAD_INPUT, message, "Choose a file with sound."))
    stream = container.streams.audio[0]
    name = stream.codec_context.name if stream.codec_context else "an unknown codec"
    if name not in CODECS.split(","):
        message = f"Its sound is coded with {name}, which is not among the codecs we open."
        raise Refused(Failure(FailureKind.BAD_INPUT, message, _CONVERT))
    return stream


def _unreadable(head: bytes, said: str) -> Failure:
    if is_recording(head):
        message = "It begins like a recording but its end is missing or damaged."
        return Failure(FailureKind.INCOMPLETE, message, _AGAIN, said)
    message = "It is not a recording in any format we open."
    return Failure(FailureKind.BAD_INPUT, message, _CONVERT, said)


def _too_long(limit: float) -> Failure:
    message = f"It is longer than {limit / 3600:g} hours."
    return Failure(FailureKind.BAD_INPUT, message, "Split it, or raise limits.max_duration.")


def _major() -> int:
    return int(av.__version__.partition(".")[0])


_AGAIN = "Copy the recording again; the transfer may not have ended."
_PLAYS = (
    "Check that it plays; if it does, convert it, for instance with `ffmpeg -i FILE NEW.flac`."
)
_CONVERT = "Convert it to a common format, for instance with `ffmpeg -i FILE NEW.flac`."
