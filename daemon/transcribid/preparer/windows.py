"""Packs frames into windows of at most 30 seconds, cut in silence."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from transcribid.domain.transcript import Span
from transcribid.preparer.mono import Samples
from transcribid.preparer.speech import FRAMES_PER_SECOND

LONGEST = int(30 * FRAMES_PER_SECOND)  # frames in Whisper's window
_LONG = int(3 * FRAMES_PER_SECOND)  # frames of silence
_SHORTEST = int(20 * FRAMES_PER_SECOND)  # frames before the earliest cut


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    number: int  # in the recording
    samples: Samples
    probability: float  # of speech
    speech: bool


@dataclass(frozen=True, slots=True, eq=False)
class SoundWindow:
    frames: list[Frame]

    @property
    def spans(self) -> list[Span]:
        """The parts of the recording in it; between them there was silence."""
        return _spans([frame.number for frame in self.frames])

    @property
    def speech(self) -> list[Span]:
        return _spans([frame.number for frame in self.frames if frame.speech])

    @property
    def next(self) -> int:
        """The number of the first frame after it."""
        return self.frames[-1].number + 1


class Sieve:
    """Passes speech, and what is within `pad` frames of it; everything when `pad` is None."""

    def __init__(self, pad: int | None) -> None:
        self._pad = pad
        self._waiting: deque[Frame] = deque()  # silent; speech may follow
        self._since: int | None = None  # the last frame of speech

    def sift(self, frame: Frame) -> Iterator[Frame]:
        if self._pad is None:
            yield frame
        elif frame.speech:
            self._since = frame.number
            while self._waiting:
                yield self._waiting.popleft()
            yield frame
        elif self._since is not None and frame.number - self._since <= self._pad:
            yield frame
        else:
            self._wait(frame, self._pad)

    def _wait(self, frame: Frame, pad: int) -> None:
        self._waiting.append(frame)
        if len(self._waiting) > pad:
            self._waiting.popleft()


class Packer:
    """Collects frames until a window is full, then cuts at the longest silence near its end.

    `apart`: also cuts at every long silence, since the language may change there.
    """

    def __init__(self, *, apart: bool) -> None:
        self._apart = apart
        self._frames: list[Frame] = []

    def pack(self, frame: Frame) -> Iterator[SoundWindow]:
        if self._apart and self._frames and frame.number - self._frames[-1].number > _LONG:
            yield self._cut(len(self._frames))
        self._frames.append(frame)
        if len(self._frames) > LONGEST:
            yield self._cut(_best_cut(self._frames))

    def flush(self) -> Iterator[SoundWindow]:
        if self._frames:
            yield self._cut(len(self._frames))

    def _cut(self, at: int) -> SoundWindow:
        window, self._frames = SoundWindow(self._frames[:at]), self._frames[at:]
        return window


def _best_cut(frames: list[Frame]) -> int:
    """How many of the frames belong to the window.

    The cut is in the middle of the longest silence, in recording time; where there is none,
    before the frame with the lowest probability of speech.
    """
    best, longest = 0, 0
    for start, end in _silences(frames):
        length = frames[end - 1].number - frames[start].number + 1
        if length >= longest:
            best, longest = _middle(frames, start, end), length
    return best or min(
        range(_SHORTEST, LONGEST + 1), key=lambda at: (frames[at].probability, -at)
    )


def _silences(frames: list[Frame]) -> Iterator[tuple[int, int]]:
    """Runs without speech, as start and end frame; none begins before the earliest cut."""
    start = None
    for at in range(_SHORTEST, LONGEST + 1):
        if not frames[at].speech and start is None:
            start = at
        if start is not None and frames[at].speech:
            yield start, at
            start = None
    if start is not None:
        yield start, LONGEST + 1


def _middle(frames: list[Frame], start: int, end: int) -> int:
    """Where frames were left out, or else the midpoint."""
    for at in range(start + 1, end):
        if frames[at].number - frames[at - 1].number > 1:
            return at
    return (start + end + 1) // 2


def _spans(numbers: list[int]) -> list[Span]:
    """Spans of consecutive frames."""
    if not numbers:
        return []
    breaks = [right for left, right in pairwise(numbers) if right != left + 1]
    ends = [left for left, right in pairwise(numbers) if right != left + 1] + [numbers[-1]]
    second = 1 / FRAMES_PER_SECOND
    return [
        Span(start * second, (end + 1) * second)
        for start, end in zip([numbers[0], *breaks], ends, strict=True)
    ]
