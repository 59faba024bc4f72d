"""Maps times in a window to times in the recording, and back."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import accumulate

from transcribid.domain.transcript import Span, Word

_SLACK = 0.1  # seconds that a word may extend beyond detected speech


class Timeline:
    """A window is several spans of a recording, concatenated without the gaps between them."""

    def __init__(self, spans: Sequence[Span]) -> None:
        self._spans = spans
        self._ends = list(accumulate(span.length for span in spans))

    def inside(self, spans: Sequence[Span]) -> list[Span]:
        """The same spans of the recording, in window time."""
        return [Span(self._inward(span.start), self._inward(span.end)) for span in spans]

    def outside(self, span: Span) -> Span:
        """In recording time; the whole span goes where its middle is."""
        middle = (span.start + span.end) / 2
        at = next((i for i, end in enumerate(self._ends) if middle < end), -1)
        home = self._spans[at]
        shift = home.end - self._ends[at]
        return Span(
            min(max(span.start + shift, home.start), home.end),
            min(max(span.end + shift, home.start), home.end),
        )

    def _inward(self, time: float) -> float:
        for span, end in zip(self._spans, self._ends, strict=True):
            if time <= span.end:
                return end - span.end + max(time, span.start)
        return self._ends[-1]


def within_speech(words: Sequence[Word], speech: Sequence[Span]) -> Iterator[Word]:
    """Alignment stretches words over silence: clip each to the speech it overlaps most."""
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
