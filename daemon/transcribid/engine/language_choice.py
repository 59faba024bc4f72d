"""Chooses the language of windows where none was given.

On a short recording, several languages are often about equally probable. Where the most
probable one is not certain, detection is run again, with the spectrogram padded with zeros
instead of silence, and the mean counts: for many recordings the answer depends on that. The
decoded text then tells more than detection alone: in the wrong language its token probabilities
are lower. So the next two languages are decoded as well, and the sum of both kinds of evidence
decides. On human speech that corrects one wrong language in three (ARCHITECTURE.md, Why).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import exp, log

from transcribid.domain.languages import pooled
from transcribid.engine.active_recording import Piece
from transcribid.engine.window_decoding import WindowDecoding

SURE = 0.8  # probability from which no other language is tried
_TRIED = 2  # languages besides the most probable, at most,
_LEAST_LIKELY = 0.05  # each with at least this share of the total probability
_OF_DETECTION = 0.15  # weight of the detected log-probability
_IMPOSSIBLE = 1e-6  # a probability whose logarithm is still finite
_LEAST = 0.1  # seconds of speech that each window counts for, at least
_ONLY_ONE = "en"  # the language of a monolingual model

Probabilities = Mapping[str, float]


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """The most probable language of some windows of one recording, and the others to try.

    Windows that share a language share the object.
    """

    first: str
    others: tuple[str, ...]
    probabilities: Probabilities  # of them all

    def better(self, one: Sequence[WindowDecoding], other: Sequence[WindowDecoding]) -> bool:
        """Whether the windows decoded in the other language are the better ones.

        Silence and loops get high probabilities, and prove nothing.
        """
        worse = any(
            mine.best.credible and not yours.best.credible
            for mine, yours in zip(one, other, strict=True)
        )
        return not worse and self._evidence(other) > self._evidence(one)

    def _evidence(self, windows: Sequence[WindowDecoding]) -> float:
        """Probabilities of words, not their logarithms: poor text differs by little in them."""
        of_detection = log(max(self.probabilities[windows[0].language], _IMPOSSIBLE))
        weights = [_weight(each.piece) for each in windows]
        of_words = sum(
            weight * exp(each.best.result.average_log_probability)
            for weight, each in zip(weights, windows, strict=True)
        )
        return _OF_DETECTION * of_detection + of_words / sum(weights)


def _weight(piece: Piece) -> float:
    """Seconds of speech; without voice activity detection there may be none."""
    return max(piece.window.seconds_of_speech, _LEAST)


def choose(pieces: Sequence[Piece], probabilities: Sequence[Probabilities]) -> list[Choice]:
    """One for each window; windows that share a language get the same object."""
    pairs = list(zip(pieces, probabilities, strict=True))
    return [
        choice
        for _, group in groupby(pairs, key=lambda each: _voters(each[0]))
        for choice in _shared(list(group))
    ]


def _voters(piece: Piece) -> tuple[int, int | None]:
    """Windows of one recording decide together, unless each may have its own language."""
    alone = piece.active.request.options.multilingual
    return id(piece.active), piece.window.index if alone else None


def _shared(group: Sequence[tuple[Piece, Probabilities]]) -> list[Choice]:
    active = group[0][0].active
    if active.language:
        return [Choice(active.language, (), {})] * len(group)
    mass = pooled(
        [(found, _weight(piece)) for piece, found in group],
        active.request.options.languages,
    )
    if not mass:
        return [Choice(_ONLY_ONE, (), {})] * len(group)
    first, *others = sorted(mass, key=lambda language: -mass[language])
    likely = [each for each in others if mass[each] >= _LEAST_LIKELY * sum(mass.values())]
    tried = likely[:_TRIED] if mass[first] < SURE else []
    return [Choice(first, tuple(tried), mass)] * len(group)
