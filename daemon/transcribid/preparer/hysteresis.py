"""Classifies frames as speech or silence from their probabilities, as soon as it is certain."""

from collections.abc import Iterator
from dataclasses import dataclass

_RELEASE = 0.15  # speech may end this far below the threshold (Silero's own rule)
_LOWEST = 0.01


@dataclass(slots=True)
class Hysteresis:
    """The last `pending` frames are undecided: too few yet to be speech, or silence."""

    threshold: float
    min_speech: int  # frames
    min_silence: int  # frames
    speaking: bool = False
    pending: int = 0

    def decide(self, probability: float) -> Iterator[bool]:
        """Decisions about earlier frames that are certain now, in order."""
        yield from self._spoken(probability) if self.speaking else self._silent(probability)

    def flush(self) -> Iterator[bool]:
        """At the end, undecided frames stay what came before them."""
        yield from self._settle(speech=self.speaking)

    def _silent(self, probability: float) -> Iterator[bool]:
        if probability < self.threshold:
            yield from self._settle(speech=False)
            yield False
            return
        self.pending += 1
        if self.pending >= self.min_speech:
            self.speaking = True
            yield from self._settle(speech=True)

    def _spoken(self, probability: float) -> Iterator[bool]:
        release = max(self.threshold - _RELEASE, _LOWEST)
        if probability >= self.threshold or (probability >= release and not self.pending):
            yield from self._settle(speech=True)
            yield True
            return
        self.pending += 1
        if self.pending >= self.min_silence:
            self.speaking = False
            yield from self._settle(speech=False)

    def _settle(self, *, speech: bool) -> Iterator[bool]:
        pending, self.pending = self.pending, 0
        for _ in range(pending):
            yield speech
