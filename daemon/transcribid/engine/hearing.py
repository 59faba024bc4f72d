"""A batch of windows to passages: heard, judged, and what is doubtful heard again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from transcribid.domain.gate import Answer
from transcribid.domain.languages import likeliest
from transcribid.domain.options import Profile
from transcribid.domain.passage import Passage
from transcribid.domain.transcript import Stretch
from transcribid.engine.assignment import Piece
from transcribid.engine.attempt import Attempt, joined
from transcribid.engine.ears import COLUMNS_PER_SECOND, Ears, Encoded, Manner

_CAREFUL = 5  # hypotheses


@dataclass(frozen=True, slots=True)
class Hearing:
    ears: Ears
    timestamps: bool  # whether the first try lets the model write times

    def hear(self, batch: Sequence[Piece]) -> list[Passage]:
        """The windows must be of one shape."""
        options = batch[0].assignment.request.options
        encoded = self.ears.encode([piece.window.features for piece in batch])
        sounds = self._sounds(encoded, batch)
        attempts = [
            Attempt(piece, language, sound)
            for piece, language, sound in zip(
                batch, _languages(batch, sounds), sounds, strict=True
            )
        ]
        first = Manner(options, options.beam_size or 1, self.timestamps)
        self._listen(encoded, attempts, first)
        if options.profile is Profile.QUALITY:
            careful = Manner(options, options.beam_size or _CAREFUL, timestamps=True)
            self._again([each for each in attempts if each.unsure], first, careful)
        return [each.passage() for each in attempts]

    def _again(self, attempts: Sequence[Attempt], first: Manner, careful: Manner) -> None:
        """More carefully, if there is such a way; then in halves, what is still doubtful."""
        if attempts and careful != first:
            features = [each.piece.window.features for each in attempts]
            self._listen(self.ears.encode(features), attempts, careful)
        for attempt in attempts:
            if attempt.doubtful:
                attempt.hear(self._in_halves(attempt, careful))

    def _listen(self, encoded: Encoded, attempts: Sequence[Attempt], manner: Manner) -> None:
        answers = self.ears.listen(
            encoded,
            [each.columns for each in attempts],
            [each.language for each in attempts],
            manner,
        )
        for attempt, answer in zip(attempts, answers, strict=True):
            attempt.hear(answer)

    def _in_halves(self, attempt: Attempt, manner: Manner) -> Answer:
        features = attempt.piece.window.features
        middle = _quietest(attempt.speech, attempt.columns / COLUMNS_PER_SECOND)
        cut = round(middle * COLUMNS_PER_SECOND)
        halves = (features[:, :cut], features[:, cut:])
        languages = [attempt.language] * len(halves)
        columns = [half.shape[1] for half in halves]
        left, right = self.ears.listen(self.ears.encode(halves), columns, languages, manner)
        return joined(left, right, cut / COLUMNS_PER_SECOND)

    def _sounds(self, encoded: Encoded, batch: Sequence[Piece]) -> list[Mapping[str, float]]:
        """What language each window sounds like; nothing where everybody knows."""
        if not self.ears.multilingual or not any(_asks(piece) for piece in batch):
            return [{} for _ in batch]
        return [
            found if _asks(piece) else {}
            for piece, found in zip(batch, self.ears.languages(encoded), strict=True)
        ]


def _asks(piece: Piece) -> bool:
    return piece.assignment.request.options.language is None


def _languages(batch: Sequence[Piece], sounds: Sequence[Mapping[str, float]]) -> list[str]:
    """In which language to transcribe each window."""
    return [piece.assignment.language or _found(piece, batch, sounds) for piece in batch]


def _found(piece: Piece, batch: Sequence[Piece], sounds: Sequence[Mapping[str, float]]) -> str:
    """The language of the window, or of all windows of its recording that are here."""
    own = [
        (sound, each.window.seconds_of_speech)
        for each, sound in zip(batch, sounds, strict=True)
        if each is piece
        or (each.assignment is piece.assignment and piece.assignment.asks_language)
    ]
    return likeliest(own) if own[0][0] else "en"  # the model knows no other


def _quietest(speech: Sequence[Stretch], length: float) -> float:
    """The middle of the longest silence in the middle half; without one, the middle."""
    gaps = [
        Stretch(left.end, right.start)
        for left, right in pairwise(speech)
        if length / 4 <= (left.end + right.start) / 2 <= 3 * length / 4
    ]
    if not gaps:
        return length / 2
    widest = max(gaps, key=lambda gap: gap.length)
    return (widest.start + widest.end) / 2
