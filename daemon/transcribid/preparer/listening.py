"""Detects speech in one recording and packs it into windows."""

from collections import deque
from collections.abc import Iterable, Iterator

import numpy as np

from transcribid.domain.options import Options
from transcribid.preparer.bookmark import Bookmark, Mark, Marks
from transcribid.preparer.hysteresis import Hysteresis
from transcribid.preparer.mono import Samples
from transcribid.preparer.speech import FRAME, FRAMES_PER_SECOND, SpeechDetector
from transcribid.preparer.timestamps import Jump
from transcribid.preparer.windows import Frame, Packer, Sieve, SoundWindow

_BLOCK = 32 * FRAME  # samples in one call of the detector: about one second


class Listening:
    """Memory is bounded: one window, and what may still become part of the next."""

    def __init__(self, options: Options, bookmark: str | None) -> None:
        place = Bookmark.read(bookmark) if bookmark else None
        mark = place.mark if place else Mark(0, b"", speaking=False, pending=0)
        self._detector = SpeechDetector(mark.detector or None)
        self._hysteresis = Hysteresis(
            options.vad_threshold,
            min_speech=_frames(options.vad_min_speech),
            min_silence=_frames(options.vad_min_silence),
            speaking=mark.speaking,
            pending=mark.pending,
        )
        self._pad = _frames(options.vad_speech_pad)
        self._sieve = Sieve(self._pad if options.vad else None)
        self._packer = Packer(apart=options.multilingual)  # languages may change at silences
        self._marks = Marks()
        self._undecided: deque[tuple[int, Samples, float]] = deque()
        self._ignored = mark.pending  # decisions about frames before the mark
        self._frame = mark.frame
        self._first = place.next if place else 0

    def windows(self, blocks: Iterable[Samples | Jump]) -> Iterator[SoundWindow | None]:
        """Each window once it is complete, and None for each block that completes none."""
        mark, at = self._frame, 0  # marks lie between blocks
        for block in even(blocks, _BLOCK):
            if isinstance(block, Jump):
                at = max(at, round(block.to * FRAMES_PER_SECOND))
                continue
            if at >= mark:
                self._frame = at
                found = list(self._detect(block))
                yield from found or [None]
            else:
                yield None
            at += -(-len(block) // FRAME)
        for speech in self._hysteresis.flush():
            yield from self._settle(speech=speech)
        yield from self._packer.flush()

    def bookmark(self, window: SoundWindow) -> str:
        """Where to resume after this window, which must be the last one yielded."""
        return Bookmark(window.next, self._marks.before(window.next - self._pad)).written()

    def _detect(self, block: Samples) -> Iterator[SoundWindow]:
        state = self._detector.state
        hysteresis = self._hysteresis
        self._marks.add(Mark(self._frame, state, hysteresis.speaking, hysteresis.pending))
        frames = np.pad(block, (0, -len(block) % FRAME)).reshape(-1, FRAME)
        for samples, probability in zip(
            frames, self._detector.probabilities(frames.ravel()), strict=True
        ):
            self._undecided.append((self._frame, samples, float(probability)))
            self._frame += 1
            for speech in hysteresis.decide(float(probability)):
                yield from self._settle(speech=speech)

    def _settle(self, *, speech: bool) -> Iterator[SoundWindow]:
        """Pass on the oldest undecided frame as speech, or not."""
        if self._ignored:
            self._ignored -= 1
            return
        number, samples, probability = self._undecided.popleft()
        for frame in self._sieve.sift(Frame(number, samples, probability, speech)):
            if frame.number >= self._first:
                yield from self._packer.pack(frame)


def even(blocks: Iterable[Samples | Jump], size: int) -> Iterator[Samples | Jump]:
    """The same samples in blocks of equal size; the last before a jump may be shorter."""
    waiting: list[Samples] = []
    length = 0
    for block in blocks:
        if isinstance(block, Jump):
            if length:
                yield np.concatenate(waiting)
            waiting, length = [], 0
            yield block
            continue
        waiting.append(block)
        length += len(block)
        if length < size:
            continue
        joined = np.concatenate(waiting)
        whole = length // size * size
        for start in range(0, whole, size):
            yield joined[start : start + size]
        waiting, length = [joined[whole:]], length - whole
    if length:
        yield np.concatenate(waiting)


def _frames(seconds: float) -> int:
    return max(1, round(seconds * FRAMES_PER_SECOND))
