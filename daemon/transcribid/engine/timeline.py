"""From times in a window to times in the recording, and back."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import accumulate

from transcribid.domain.transcript import Stretch, Word

_SLACK = 0.1  # seconds that a word may reach out of what was detected as speech


class Timeline:
    """A window is several stretches of a recording, joined without what was between."""

    def __init__(self, stretches: Sequence[Stretch]) -> None:
        self._stretches = stretches
        self._ends = list(accumulate(stretch.length for stretch in stretches))

    def inside(self, stretches: Sequence[Stretch]) -> list[Stretch]:
        """The same stretches of the recording, in times of the window."""
        return [
            Stretch(self._inward(stretch.start), self._inward(stretch.end))
            for stretch in stretches
        ]

    def outside(self, stretch: Stretch) -> Stretch:
        """In times of the recording; all of it where its middle is."""
        middle = (stretch.start + stretch.end) / 2
        at = next((i for i, end in enumerate(self._ends) if middle < end), -1)
        home = self._stretches[at]
        shift = home.end - self._ends[at]
        return Stretch(
            min(max(stretch.start + shift, home.start), home.end),
            min(max(stretch.end + shift, home.start), home.end),
        )

    def _inward(self, time: float) -> float:
        for stretch, end in zip(self._stretches, self._ends, strict=True):
            if time <= stretch.end:
                return end - stretch.end + max(time, stretch.start)
        return self._ends[-1]


def within_speech(words: Sequence[Word], speech: Sequence[Stretch]) -> Iterator[Word]:
    """Alignment stretches words over silence; each is cut to the speech it is mostly in."""
    for word in words:
        homes = [each for each in speech if each.start < word.end and word.start < each.end]
        if not homes:
            yield word
            continue
        home = max(
            homes, key=lambda each: min(each.end, word.end) - max(each.start, word.start)
        )
        start = max(word.start, home.start - _SLACK)
        yield replace(word, start=start, end=max(start, min(word.end, home.end + _SLACK)))
