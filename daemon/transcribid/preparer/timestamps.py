"""Places decoded audio in the recording, by the timestamps of its container.

Timestamps that jump ahead mean missing audio: a dropped packet, a pause of the recorder, a part
that was cut out. Or they mean nothing: one wild packet, two concatenated transport streams, a
live stream after a reconnect. So a jump is accepted only when the next ten frames confirm it.
Up to ten seconds become silence. A longer one moves the clock without making samples: a few
bytes may claim hours. In MPEG-TS and FLV a long jump restarts the clock, and the audio
continues without a gap. Ogg and FLAC are written without gaps: there any jump means that
something is damaged or lost, which FFmpeg skips silently.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from av.audio.frame import AudioFrame

from transcribid.domain.transcript import Discontinuity

_JITTER = 0.1  # seconds; a shorter jump of the timestamps is ignored
_SILENCE = 10.0  # seconds; a longer jump makes no samples
_WITNESSES = 10  # frames after a jump that have to confirm it
_SEAMLESS = frozenset(("ogg", "flac"))  # never written with gaps
_RESTARTING = frozenset(("mpegts", "flv"))  # their clocks may restart in the middle


@dataclass(frozen=True, slots=True)
class Jump:
    """The audio that follows starts at this many seconds into the recording."""

    to: float


@dataclass(frozen=True, slots=True)
class Silence:
    seconds: float


@dataclass(frozen=True, slots=True)
class _Held:
    frame: AudioFrame
    ahead: float | None  # seconds beyond the position where it would follow without a gap


class Timestamps:
    """Takes every frame in order, and yields them with the gaps between them."""

    def __init__(self, container: str, start: float) -> None:
        """`start` is the container's first timestamp, in seconds."""
        self._restarts = container in _RESTARTING
        self._seamless = container in _SEAMLESS
        self._origin = start  # timestamps count from here
        self.position = 0.0  # seconds of the recording that were placed
        self.skipped = 0.0  # seconds of them without samples
        self.lost = 0.0  # seconds that must have been in the file once
        self.wild = 0  # long jumps that were rejected
        self.discontinuities: list[Discontinuity] = []
        self._held: list[_Held] = []

    def place(self, frame: AudioFrame) -> Iterator[AudioFrame | Silence | Jump]:
        ahead = self._ahead(frame)
        if self._held:
            if ahead is not None and abs(ahead) <= _JITTER:
                yield from self._disbelieve()
                yield self._placed(frame)
                return
            self._held.append(_Held(frame, ahead))
            if len(self._held) > _WITNESSES:
                yield from self._believe()
        elif ahead is None or -_SILENCE <= ahead <= _JITTER:
            yield self._placed(frame)
        else:
            self._held.append(_Held(frame, ahead))

    def flush(self) -> Iterator[AudioFrame | Silence | Jump]:
        """At the end of the recording, a long jump with too few witnesses is rejected."""
        first = self._held[0].ahead if self._held else None
        if first is not None and _JITTER < first <= _SILENCE:
            yield from self._believe()
        else:
            yield from self._disbelieve()

    def _ahead(self, frame: AudioFrame) -> float | None:
        """Seconds beyond the end of all frames before it, without jumps."""
        if frame.pts is None or frame.time_base is None:
            return None
        held = sum(_length(each.frame) for each in self._held)
        return float(frame.pts * frame.time_base) - self._origin - self.position - held

    def _placed(self, frame: AudioFrame) -> AudioFrame:
        self.position += _length(frame)
        return frame

    def _believe(self) -> Iterator[AudioFrame | Silence | Jump]:
        ahead = self._held[0].ahead or 0.0
        if self._seamless:
            self.lost += max(ahead, 0.0)
        if 0.0 < ahead <= _SILENCE:
            yield Silence(ahead)
            self.position += ahead
        else:
            self.discontinuities.append(Discontinuity(self.position, ahead))
            if self._restarts or ahead < 0.0:
                self._origin += ahead
            else:
                self.position += ahead
                self.skipped += ahead
                yield Jump(self.position)
        yield from self._released()

    def _disbelieve(self) -> Iterator[AudioFrame]:
        if self._held and abs(self._held[0].ahead or 0.0) > _SILENCE:
            self.wild += 1
        yield from self._released()

    def _released(self) -> Iterator[AudioFrame]:
        held, self._held = self._held, []
        for each in held:
            yield self._placed(each.frame)


def _length(frame: AudioFrame) -> float:
    return frame.samples / frame.sample_rate if frame.sample_rate else 0.0
