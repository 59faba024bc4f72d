"""How right a program was about a set, as numbers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, reduce
from operator import add

from bench.alignment import Alignment, align
from real.cost import Cost
from real.heard import Answers, Heard
from real.recordings import Recording, VoiceSet
from real.timing import Timing, timing
from real.words import normalise

BAD, RIGHT = 0.5, 0.1  # of the words wrong: more, and at most
_FLAGGED = frozenset(("review", "partial"))


@dataclass(frozen=True, slots=True)
class Score:
    """One recording."""

    recording: Recording
    heard: Heard
    words: Alignment
    timing: Timing

    @property
    def error(self) -> float:
        """Of the words that were said, as a share."""
        return self.words.wrong / self.words.said if self.words.said else 0.0

    @property
    def bad(self) -> bool:
        return self.error > BAD

    @property
    def right(self) -> bool:
        return self.words.said > 0 and self.error <= RIGHT

    @property
    def flagged(self) -> bool:
        return self.heard.verdict in _FLAGGED

    @property
    def language_right(self) -> bool:
        return self.heard.language == self.recording.language


@dataclass(frozen=True)
class Figures:
    """One program on one set."""

    scores: tuple[Score, ...] = field(repr=False)
    cost: Cost

    @cached_property
    def said(self) -> int:
        return sum(score.words.said for score in self.scores)

    @cached_property
    def substituted(self) -> int:
        return sum(score.words.substituted for score in self.scores)

    @cached_property
    def inserted(self) -> int:
        return sum(score.words.inserted for score in self.scores)

    @cached_property
    def missing(self) -> int:
        return sum(score.words.missing for score in self.scores)

    @property
    def wrong(self) -> int:
        return self.substituted + self.inserted + self.missing

    @property
    def bad(self) -> tuple[Score, ...]:
        return tuple(score for score in self.scores if score.bad)

    @property
    def right(self) -> tuple[Score, ...]:
        return tuple(score for score in self.scores if score.right)

    @property
    def languages(self) -> int:
        """Recordings of which the language is known."""
        return sum(score.recording.language is not None for score in self.scores)

    @property
    def languages_right(self) -> int:
        return sum(score.language_right for score in self.scores)

    @property
    def astray(self) -> int:
        """Words that start more than half a second outside their prompt."""
        return sum(score.timing.astray for score in self.scores)

    @property
    def in_silence(self) -> int:
        """Words that lie wholly between two prompts."""
        return sum(score.timing.in_silence for score in self.scores)


def figures(voices: VoiceSet, answers: Answers) -> Figures:
    scores = (
        _score(recording, answers.heard[recording.path.name]) for recording in voices.recordings
    )
    return Figures(tuple(scores), answers.cost)


def pool(parts: Sequence[Figures]) -> Figures:
    """One program on several sets."""
    scores = (score for part in parts for score in part.scores)
    return Figures(tuple(scores), reduce(add, (part.cost for part in parts)))


def flagged(scores: Iterable[Score]) -> int:
    return sum(score.flagged for score in scores)


def _score(recording: Recording, heard: Heard) -> Score:
    language = recording.language or heard.language
    words = align(normalise(recording.text, language), normalise(heard.text, language))
    return Score(recording, heard, words, timing(recording, heard))
