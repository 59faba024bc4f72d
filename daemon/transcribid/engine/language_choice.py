"""In which language to transcribe windows whose language nobody named.

A short recording often sounds about as much like one language as like another. What the model
writes in each then tells more than the sound alone: in the wrong one it is less sure of its
words. So where the likeliest language is less than sure, the second is tried as well, and the
sum of both kinds of evidence decides. On human speech that mends one wrong language in five
(ARCHITECTURE.md, Why).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import log

from transcribid.domain.languages import pooled
from transcribid.engine.active_recording import Piece
from transcribid.engine.window_decoding import WindowDecoding

_SURE = 0.9  # probability from which no other language is tried
_OF_SOUND = 0.2  # weight of the sound's log-probability against that of the words
_IMPOSSIBLE = 1e-6  # a probability whose logarithm is still a number
_LEAST = 0.1  # seconds of speech that each window counts for at least
_ONLY_ONE = "en"  # what a model that knows one language knows

Probabilities = Mapping[str, float]


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """The likeliest language of some windows of one recording, and the one to try as well.

    Windows that share a language share the object.
    """

    first: str
    second: str | None
    probabilities: Probabilities  # of both

    def better(self, one: Sequence[WindowDecoding], other: Sequence[WindowDecoding]) -> bool:
        """Whether the windows as decoded in the second language are to be believed.

        Silence and loops are written with great certainty, and prove nothing.
        """
        worse = any(
            mine.best.credible and not yours.best.credible
            for mine, yours in zip(one, other, strict=True)
        )
        return not worse and self._evidence(other) > self._evidence(one)

    def _evidence(self, windows: Sequence[WindowDecoding]) -> float:
        of_sound = log(max(self.probabilities[windows[0].language], _IMPOSSIBLE))
        weights = [_weight(each.piece) for each in windows]
        of_words = sum(
            weight * each.best.result.average_log_probability
            for weight, each in zip(weights, windows, strict=True)
        )
        return _OF_SOUND * of_sound + of_words / sum(weights)


def _weight(piece: Piece) -> float:
    """Seconds of speech; where silence is not left out, there may be none."""
    return max(piece.window.seconds_of_speech, _LEAST)


def choose(pieces: Sequence[Piece], probabilities: Sequence[Probabilities]) -> list[Choice]:
    """One for each window; windows that share a language have the same."""
    asked = list(zip(pieces, probabilities, strict=True))
    return [
        choice
        for _, group in groupby(asked, key=lambda each: _voters(each[0]))
        for choice in _shared(list(group))
    ]


def _voters(piece: Piece) -> tuple[int, int | None]:
    """Windows of one recording decide together, unless it is to be asked of each."""
    alone = piece.assignment.request.options.multilingual
    return id(piece.assignment), piece.window.index if alone else None


def _shared(group: Sequence[tuple[Piece, Probabilities]]) -> list[Choice]:
    assignment = group[0][0].assignment
    if assignment.language:
        return [Choice(assignment.language, None, {})] * len(group)
    mass = pooled(
        [(found, _weight(piece)) for piece, found in group],
        assignment.request.options.languages,
    )
    if not mass:
        return [Choice(_ONLY_ONE, None, {})] * len(group)
    first, *others = sorted(mass, key=lambda language: -mass[language])
    second = others[0] if others and mass[first] < _SURE else None
    return [Choice(first, second, mass)] * len(group)
