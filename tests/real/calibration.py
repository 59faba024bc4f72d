"""Thresholds of the verdict, fitted to transcripts of known error, and what they do to others.

The sum that is compared with a threshold is that of `transcribid.domain.thresholds`; what is
fitted are its three numbers, on some voices, and what counts is how they do on others.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

from real.figures import BAD, RIGHT
from transcribid.domain.quality import words_in
from transcribid.domain.thresholds import BASE, Thresholds

MOST_DOUBTED = 0.08  # of the right ones, where they are fitted; a tenth is promised elsewhere
_BREVITIES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
_LANGUAGES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5)


@dataclass(frozen=True, slots=True)
class Sample:
    """A transcript, and how wrong it is."""

    log_probability: float  # of its text, mean over words
    words: int
    certainty: float  # probability of the language
    error: float  # words wrong for each that was said

    @property
    def bad(self) -> bool:
        return self.error > BAD

    @property
    def right(self) -> bool:
        return self.error <= RIGHT

    def doubt(self, limits: Thresholds) -> float:
        return limits.doubted(self.log_probability, self.words, self.certainty)


@dataclass(frozen=True, slots=True)
class Found:
    """How many are doubted, of how many."""

    bad: int
    all_bad: int
    right: int
    all_right: int

    def __str__(self) -> str:
        return f"{self.bad} of {self.all_bad} bad, {self.right} of {self.all_right} right"


def samples(rows: Iterable[Mapping[str, Any]]) -> Iterator[Sample]:
    """From what `make bench-real OPTIONS='--json FILE'` wrote of ours; silence has no words."""
    for row in rows:
        segments = row["facts"]["segments"]
        counts = [words_in(segment["text"]) for segment in segments]
        if sum(counts) and row["said"]:
            total = sum(
                count * segment["avg_logprob"]
                for count, segment in zip(counts, segments, strict=True)
            )
            wrong = row["substituted"] + row["inserted"] + row["missing"]
            yield Sample(
                total / sum(counts),
                sum(counts),
                row["language_probability"],
                wrong / row["said"],
            )


def fitted(given: Sequence[Sample], most: float = MOST_DOUBTED) -> Thresholds:
    """Those that doubt the most bad ones, and at most this share of the right ones."""
    candidates = (
        limited(given, replace(BASE, brevity=brevity, language=language), most)
        for brevity, language in product(_BREVITIES, _LANGUAGES)
    )
    return max(candidates, key=lambda limits: found(given, limits).bad)


def limited(given: Sequence[Sample], limits: Thresholds, most: float) -> Thresholds:
    """The same with the lowest limit of doubt that at most this share of right ones is over."""
    doubts = sorted((each.doubt(limits) for each in given if each.right), reverse=True)
    return replace(limits, doubt=doubts[int(most * len(doubts))])


def found(given: Iterable[Sample], limits: Thresholds) -> Found:
    doubted = [(each, each.doubt(limits) > limits.doubt) for each in given]
    return Found(
        bad=sum(flag for each, flag in doubted if each.bad),
        all_bad=sum(each.bad for each, _ in doubted),
        right=sum(flag for each, flag in doubted if each.right),
        all_right=sum(each.right for each, _ in doubted),
    )
