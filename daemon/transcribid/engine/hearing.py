"""A batch of windows to passages: heard, judged, and what is doubtful heard again."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from transcribid.domain.gate import Answer, Judgement, judge
from transcribid.domain.languages import likeliest
from transcribid.domain.options import Profile
from transcribid.domain.passage import Passage
from transcribid.domain.transcript import Stretch, Word
from transcribid.engine.assignment import Piece
from transcribid.engine.ears import Ears, Encoded, Manner
from transcribid.engine.timeline import Timeline, within_speech

_COLUMNS_PER_SECOND = 100


@dataclass(frozen=True, slots=True)
class Hearing:
    ears: Ears
    timestamps: bool  # whether the first try lets the model write times

    def hear(self, batch: Sequence[Piece]) -> list[Passage]:
        """The windows must be of one shape."""
        encoded = self.ears.encode([piece.window.features for piece in batch])
        sounds = self._sounds(encoded, batch)
        languages = _languages(batch, sounds)
        answers = self.ears.listen(
            encoded,
            [piece.window.features.shape[1] for piece in batch],
            languages,
            self._manner(batch[0]),
        )
        return [
            self._passage(piece, language, sound, answer)
            for piece, language, sound, answer in zip(
                batch, languages, sounds, answers, strict=True
            )
        ]

    def _sounds(self, encoded: Encoded, batch: Sequence[Piece]) -> list[Mapping[str, float]]:
        """What language each window sounds like; nothing where everybody knows."""
        if self.ears.multilingual and any(_asks(piece) for piece in batch):
            return [
                found if _asks(piece) else {}
                for piece, found in zip(batch, self.ears.languages(encoded), strict=True)
            ]
        return [{} for _ in batch]

    def _passage(
        self, piece: Piece, language: str, sounds: Mapping[str, float], answer: Answer
    ) -> Passage:
        window = piece.window
        timeline = Timeline(window.stretches)
        speech = timeline.inside(window.speech)
        judgements = [_judged(answer, speech)]
        if piece.assignment.request.options.profile is Profile.QUALITY:
            judgements += self._again(piece, language, speech, judgements[0])
        best = min(judgements, key=lambda each: each.badness)
        sounds_like = (
            max(sounds, key=lambda each: sounds[each]) if _asks(piece) and sounds else language
        )
        return Passage(
            index=window.index,
            start=window.stretches[0].start,
            end=window.stretches[-1].end,
            speech=sum(stretch.length for stretch in window.speech),
            language=language,
            sounds_like=sounds_like,
            sounds_like_probability=sounds.get(sounds_like, 1.0),
            words=tuple(_placed(word, timeline) for word in best.answer.words),
            average_log_probability=best.answer.average_log_probability,
            no_speech_probability=best.answer.no_speech_probability,
            compression_ratio=best.answer.compression_ratio,
            tries=len(judgements),
            doubts=best.doubts,
            unheard=tuple(timeline.outside(stretch) for stretch in best.unheard),
            bookmark=window.bookmark,
            made_with=piece.assignment.made_with,
        )

    def _again(
        self, piece: Piece, language: str, speech: Sequence[Stretch], first: Judgement
    ) -> Iterator[Judgement]:
        """Other ways to listen to a doubtful window, until one leaves no doubt."""
        features, judgement = piece.window.features, first
        careful = replace(self._manner(piece), timestamps=True)
        ways = [lambda: self._halves(features, language, careful, speech)]
        if not self.timestamps:
            ways.insert(0, lambda: self._one(features, language, careful))
        for listen in ways:
            if not judgement.doubts:
                return
            judgement = _judged(listen(), speech)
            yield judgement

    def _one(self, features: NDArray[np.float32], language: str, manner: Manner) -> Answer:
        encoded = self.ears.encode([features])
        return self.ears.listen(encoded, [features.shape[1]], [language], manner)[0]

    def _halves(
        self,
        features: NDArray[np.float32],
        language: str,
        manner: Manner,
        speech: Sequence[Stretch],
    ) -> Answer:
        columns = features.shape[1]
        cut = round(_quietest(speech, columns / _COLUMNS_PER_SECOND) * _COLUMNS_PER_SECOND)
        left = self._one(features[:, :cut], language, manner)
        right = self._one(features[:, cut:], language, manner)
        return _joined(left, right, cut / _COLUMNS_PER_SECOND)

    def _manner(self, piece: Piece) -> Manner:
        assignment = piece.assignment
        return Manner(assignment.request.options, assignment.beam_size, self.timestamps)


def _asks(piece: Piece) -> bool:
    return piece.assignment.request.options.language is None


def _languages(batch: Sequence[Piece], sounds: Sequence[Mapping[str, float]]) -> list[str]:
    """In which language to transcribe each window."""
    return [piece.assignment.language or _found(piece, batch, sounds) for piece in batch]


def _found(piece: Piece, batch: Sequence[Piece], sounds: Sequence[Mapping[str, float]]) -> str:
    """The language of the window, or of all windows of its recording that are here."""
    assignment = piece.assignment
    own = [
        (sound, sum(stretch.length for stretch in each.window.speech))
        for each, sound in zip(batch, sounds, strict=True)
        if each is piece or (each.assignment is assignment and assignment.asks_language)
    ]
    return likeliest(own) if own[0][0] else "en"  # the model knows no other


def _judged(answer: Answer, speech: Sequence[Stretch]) -> Judgement:
    return judge(replace(answer, words=tuple(within_speech(answer.words, speech))), speech)


def _placed(word: Word, timeline: Timeline) -> Word:
    place = timeline.outside(Stretch(word.start, word.end))
    return replace(word, start=round(place.start, 3), end=round(place.end, 3))


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


def _joined(left: Answer, right: Answer, shift: float) -> Answer:
    """`right` begins `shift` seconds after `left`."""
    tokens = left.tokens + right.tokens
    total = (
        left.average_log_probability * left.tokens
        + right.average_log_probability * right.tokens
    )
    moved = (
        replace(word, start=word.start + shift, end=word.end + shift) for word in right.words
    )
    return Answer(
        words=(*left.words, *moved),
        tokens=max(left.tokens, right.tokens),
        average_log_probability=total / max(tokens, 1),
        no_speech_probability=min(left.no_speech_probability, right.no_speech_probability),
    )
