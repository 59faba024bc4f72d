# pyright: reportUnknownMemberType=false
"""Decodes media to samples: every packet that can be decoded, and a count of the others."""

from collections.abc import Iterator
from typing import Any, BinaryIO

import av
import av.error
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream

from transcribid.domain.job import Failure, FailureKind
from transcribid.domain.transcript import Audio
from transcribid.preparer.amr import with_pauses
from transcribid.preparer.harmless import is_harmless
from transcribid.preparer.holes import holes
from transcribid.preparer.media import BARE, CODECS, PADDED, declares_duration
from transcribid.preparer.mono import RATE, MonoDecoder, Samples
from transcribid.preparer.opening import AGAIN, CONVERT, audio_streams, open_container, whole
from transcribid.preparer.protection import refuse_protected
from transcribid.preparer.sizes import has_open_end
from transcribid.preparer.timestamps import Jump, Silence, Timestamps
from transcribid.protocol.errors import Refused

_JITTER = 0.1  # seconds that a duration may be off
_SHORTEST = 0.1  # seconds of audio that are worth transcribing
_CUT = 0.98  # of the declared duration; less means that the end is missing


class Recording:
    """An open media file; iterate `blocks` once, then the facts are complete."""

    def __init__(self, file: BinaryIO, max_duration: float, track: int = 1) -> None:
        """`track` counts from 1. Raises Refused when it is not a supported recording."""
        file.seek(0)
        head = file.read(64)
        file.seek(0)
        refuse_protected(file)
        self._notes = (_NO_END,) if has_open_end(file) else ()
        sound, self._lack = whole(file)
        self._container = open_container(sound, head)
        self.streams = audio_streams(self._container)
        self._track = track
        self._stream = self.streams[track - 1]
        self._lack = self._lack or _holes_in(file, self._stream)
        self._max_samples = int(max_duration * RATE)
        start = (self._container.start_time or 0) / av.time_base
        self._timestamps = Timestamps(self._container.format.name, start)
        self._channels: MonoDecoder | None = None
        self._samples = 0
        self._packets = 0
        self._errors = 0
        self._ended_well = True  # whether the last packet was decoded
        self._begun = False  # whether any frame was decoded
        self._broken = ""  # FFmpeg's message, where the rest cannot be read

    @property
    def facts(self) -> Audio:
        return Audio(
            container=self._container.format.name,
            codec=self._stream.codec_context.name,
            duration=self.duration,
            decoded=self._samples / RATE,
            errors=self._errors + self._timestamps.wild,
            missing=self._missing_end(),
            skipped=self._timestamps.skipped,
            lost=self._timestamps.lost,
            discontinuities=tuple(self._timestamps.discontinuities),
            track=self._track,
            tracks=len(self.streams),
            notes=self._notes,
        )

    @property
    def position(self) -> float:
        """How far it was decoded, in seconds into the recording."""
        return self._samples / RATE + self._timestamps.skipped

    @property
    def duration(self) -> float | None:
        """Seconds, as the container claims."""
        if self._stream.duration and self._stream.time_base:
            return float(self._stream.duration * self._stream.time_base)
        if self._container.duration:
            return self._container.duration / av.time_base
        return None

    def blocks(self) -> Iterator[Samples | Jump]:
        """Mono samples at RATE, float32 in -1 to 1, and a Jump where audio is discontinuous.

        Raises Refused when the codec is unknown, or the recording is too long, too damaged or
        nearly empty.
        """
        if not is_readable(self._stream):
            raise Refused(_unknown(self._stream))
        for block in self._decoded():
            if not isinstance(block, Jump):
                self._samples += len(block)
            yield block
            if self._samples > self._max_samples:
                raise Refused(_too_long(self._max_samples / RATE))
        self._judge()

    def check_header(self) -> None:
        """Raises Refused when the header alone shows that the end is missing."""
        if self._lack or self._notes:
            self.check_complete()

    def check_complete(self) -> None:
        """Raises Refused when the end of the recording is missing."""
        if missing := self._missing_end() or " ".join(self._notes):
            raise Refused(Failure(FailureKind.INCOMPLETE, missing, AGAIN))

    def _missing_end(self) -> str:
        """A sentence about how much of the end is missing, or nothing."""
        if self._broken:
            return f"It cannot be read beyond {self.position:.1f} seconds ({self._broken})."
        if self._lack:
            return self._lack
        claimed, reached = self.duration, self.position
        exact = declares_duration(self._container, self._stream)
        if claimed is not None and exact and reached < claimed * _CUT - _JITTER:
            return f"It should last {claimed:.1f} seconds, but the file has only {reached:.1f}."
        return "" if self._ended_well else _BREAKS_OFF

    def _decoded(self) -> Iterator[Samples | Jump]:
        for placed in self._placed():
            yield from self._mono(placed)
        yield from self._flush()

    def _placed(self) -> Iterator[AudioFrame | Silence | Jump]:
        for packet in self._readable():
            for frame in self._frames(packet):
                yield from self._timestamps.place(frame)
        yield from self._timestamps.flush()

    def _readable(self) -> Iterator[Any]:
        """Packets, up to the place where the container breaks."""
        try:
            yield from self._container.demux(self._stream)
        except (av.error.FFmpegError, OSError, ValueError, IndexError) as error:
            # PyAV raises an IndexError for a stream that begins in the middle
            if self._container.format.name not in PADDED:
                reason = (
                    "another stream starts there" if isinstance(error, IndexError) else error
                )
                self._broken = getattr(error, "strerror", None) or str(reason)

    def _frames(self, packet: Any) -> list[AudioFrame]:
        """The frames of one packet, as far as they can be decoded."""
        found: list[AudioFrame] = []
        for part in with_pauses(self._stream.codec_context.name, packet):
            if isinstance(part, AudioFrame):
                found.append(part)
                self._ended_well = True
            else:
                found += self._decoded_packet(part)
        return found

    def _decoded_packet(self, packet: Any) -> list[AudioFrame]:
        self._packets += 1
        try:
            found = packet.decode()
        except (av.error.FFmpegError, ValueError):
            padding = not self._begun and self._container.format.name in BARE
            if not is_harmless(bytes(packet), first=padding):
                self._errors += 1
                self._ended_well = False
            return []
        self._begun = self._begun or bool(found)
        self._ended_well = self._ended_well or bool(packet.size)
        return found

    def _mono(self, placed: AudioFrame | Silence | Jump) -> Iterator[Samples | Jump]:
        match placed:
            case Jump():
                yield from self._flush()
                yield placed
            case Silence(seconds=seconds):
                yield from self._flush()
                yield from _silence(seconds)
            case _:
                if self._channels is None or not self._channels.fits(placed):
                    scale = self._channels.scale if self._channels else 1.0
                    yield from self._flush()
                    self._channels = MonoDecoder(placed, scale)
                yield from self._channels.add(placed)

    def _flush(self) -> Iterator[Samples]:
        if self._channels:
            yield from self._channels.flush()

    def _judge(self) -> None:
        if self._errors > self._packets / 2:
            message = f"{self._errors} of {self._packets} packets are damaged."
            raise Refused(Failure(FailureKind.BAD_INPUT, message, _PLAYS))
        if self._samples < _SHORTEST * RATE:
            message = f"It has only {self._samples / RATE:.2f} seconds of audio."
            raise Refused(Failure(FailureKind.INCOMPLETE, message, AGAIN))


def _holes_in(file: BinaryIO, stream: AudioStream) -> str:
    codec = stream.codec_context.name if stream.codec_context else ""
    total, start = (0, 0) if codec.startswith("pcm") else holes(file)
    lack = f"{total} bytes from byte {start} on are zeros: its transfer may be incomplete."
    return lack if total else ""


def _silence(seconds: float) -> Iterator[Samples]:
    samples = round(seconds * RATE)
    for start in range(0, samples, RATE):
        yield np.zeros(min(RATE, samples - start), np.float32)


def is_readable(stream: AudioStream) -> bool:
    """Whether its codec is supported."""
    return bool(stream.codec_context) and stream.codec_context.name in CODECS.split(",")


def _unknown(stream: AudioStream) -> Failure:
    name = stream.codec_context.name if stream.codec_context else "an unknown codec"
    message = f"Its audio codec, {name}, is not supported."
    return Failure(FailureKind.BAD_INPUT, message, CONVERT)


def _too_long(limit: float) -> Failure:
    message = f"It is longer than {limit / 3600:g} hours."
    return Failure(FailureKind.BAD_INPUT, message, "Split it, or raise limits.max_duration.")


_NO_END = "It has no last page: recording or copying it may have been interrupted."
_BREAKS_OFF = "It is cut off: its end cannot be decoded."
_PLAYS = (
    "Check that it plays; if it does, convert it, for example with `ffmpeg -i FILE NEW.flac`."
)
