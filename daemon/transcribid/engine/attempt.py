"""One window while it is heard: what was said of it so far, and the best of that."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from transcribid.domain.gate import Answer, Judgement, judge
from transcribid.domain.passage import Passage
from transcribid.domain.transcript import Stretch, Word
from transcribid.engine.assignment import Piece
from transcribid.engine.timeline import Timeline, within_speech


@dataclass(eq=False)
class Attempt:
    piece: Piece
    language: str
    sounds: Mapping[str, float]  # the probability of each language, where it was asked
    judgements: list[Judgement] = field(default_factory=list[Judgement])

    def __post_init__(self) -> None:
        self._timeline = Timeline(self.piece.window.stretches)
        self.speech = self._timeline.inside(self.piece.window.speech)

    @property
    def columns(self) -> int:
        return self.piece.window.features.shape[1]

    @property
    def unsure(self) -> bool:
        return self._best.unsure

    @property
    def doubtful(self) -> bool:
        return bool(self._best.doubts)

    @property
    def _best(self) -> Judgement:
        """The least bad; of equals the last, which was heard with more care."""
        return min(reversed(self.judgements), key=lambda each: each.badness)

    def hear(self, answer: Answer) -> None:
        said = replace(
            answer,
            words=tuple(within_speech(answer.words, self.speech)),
            average_log_probability=_rounded(answer.average_log_probability),
            no_speech_probability=_rounded(answer.no_speech_probability),
        )
        self.judgements.append(judge(said, self.speech))

    def passage(self) -> Passage:
        window, best = self.piece.window, self._best
        sounds_like = max(
            self.sounds, key=lambda each: self.sounds[each], default=self.language
        )
        return Passage(
            index=window.index,
            start=window.stretches[0].start,
            end=window.stretches[-1].end,
            speech=window.seconds_of_speech,
            language=self.language,
            sounds_like=sounds_like,
            sounds_like_probability=_rounded(self.sounds.get(sounds_like, 1.0)),
            words=tuple(map(self._placed, best.answer.words)),
            average_log_probability=best.answer.average_log_probability,
            no_speech_probability=best.answer.no_speech_probability,
            compression_ratio=best.answer.compression_ratio,
            tries=len(self.judgements),
            doubts=best.doubts,
            unheard=tuple(map(self._timeline.outside, best.unheard)),
            bookmark=window.bookmark,
            made_with=self.piece.assignment.made_with,
        )

    def _placed(self, word: Word) -> Word:
        place = self._timeline.outside(Stretch(word.start, word.end))
        return replace(
            word,
            start=round(place.start, 3),
            end=round(place.end, 3),
            probability=_rounded(word.probability),
        )


def _rounded(probability: float) -> float:
    """Without the last bits, which differ from one processor to another."""
    return round(probability, 4)


def joined(left: Answer, right: Answer, shift: float) -> Answer:
    """`right` begins `shift` seconds after `left`."""
    weights = left.tokens + 1, right.tokens + 1  # each has its end of text
    total = (
        left.average_log_probability * weights[0] + right.average_log_probability * weights[1]
    )
    moved = (
        replace(word, start=word.start + shift, end=word.end + shift) for word in right.words
    )
    return Answer(
        words=(*left.words, *moved),
        tokens=max(left.tokens, right.tokens),
        average_log_probability=total / sum(weights),
        no_speech_probability=min(left.no_speech_probability, right.no_speech_probability),
    )
