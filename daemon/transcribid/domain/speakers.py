"""Assigns speakers to words, and splits segments so that each has one speaker."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from transcribid.domain.loops import compression_ratio
from transcribid.domain.segments import SENTENCE
from transcribid.domain.transcript import Segment, Speakers, Transcript, Turn, Word

_NEAR = 0.5  # seconds from a turn within which a word outside all turns belongs to it
_BREATH = 0.5  # seconds; a word closer to both its neighbours belongs to their flow


def with_speakers(transcript: Transcript, speakers: Speakers) -> Transcript:
    """The same words with their speakers; segments are split where the speaker changes."""
    words = [word for segment in transcript.segments for word in segment.words]
    known = _smoothed(words, _attributed(words, speakers.turns))
    attributed = iter(
        replace(word, speaker=speaker) for word, speaker in zip(words, known, strict=True)
    )
    segments = tuple(
        part
        for segment in transcript.segments
        for part in _parted(segment, [next(attributed) for _ in segment.words], speakers.turns)
    )
    return replace(transcript, segments=segments, speakers=speakers)


def unattributed(transcript: Transcript, why: str = "") -> Transcript:
    """The words without speakers, and why, in a sentence; empty where nobody speaks."""
    return replace(transcript, speakers=Speakers(failure=why))


def _attributed(words: Sequence[Word], turns: Sequence[Turn]) -> list[str | None]:
    starts = [turn.start for turn in turns]
    return [_speaker_at((word.start + word.end) / 2, turns, starts) for word in words]


def _speaker_at(moment: float, turns: Sequence[Turn], starts: Sequence[float]) -> str | None:
    """Who speaks at `moment`, or nearest to it; `starts` are those of the turns, in order."""
    after = bisect_right(starts, moment)
    around = turns[max(0, after - 1) : after + 1]
    nearest = min(around, key=lambda turn: _distance(turn, moment), default=None)
    return nearest.speaker if nearest and _distance(nearest, moment) <= _NEAR else None


def _distance(turn: Turn, moment: float) -> float:
    return max(turn.start - moment, moment - turn.end, 0.0)


def _smoothed(words: Sequence[Word], speakers: Sequence[str | None]) -> list[str | None]:
    """Assign a single word in the flow of another speaker's words to that speaker."""
    smooth = list(speakers)
    for index in range(1, len(words) - 1):
        if _surrounded(index, speakers) and _flows(*words[index - 1 : index + 2]):
            smooth[index] = speakers[index - 1]
    return smooth


def _surrounded(index: int, speakers: Sequence[str | None]) -> bool:
    """Whether one known speaker is on both sides, with two words in a row on at least one.

    Where single words alternate, either speaker would be as good a guess as the other.
    """
    before, after = speakers[index - 1], speakers[index + 1]
    beyond = (*speakers[max(0, index - 2) : index - 1], *speakers[index + 2 : index + 3])
    return before is not None and before == after and before in beyond


def _flows(before: Word, word: Word, after: Word) -> bool:
    """Whether it belongs to the words around it, and is no one-word answer."""
    answer = before.text.endswith(SENTENCE) and word.text.endswith(SENTENCE)
    pauses = (word.start - before.end, after.start - word.end)
    return not answer and max(pauses) < _BREATH


def _parted(
    segment: Segment, words: Sequence[Word], turns: Sequence[Turn]
) -> Iterator[Segment]:
    if not words:
        starts = [turn.start for turn in turns]
        middle = (segment.start + segment.end) / 2
        yield replace(segment, speaker=_speaker_at(middle, turns, starts))
        return
    for speaker, run in groupby(_carried(words), lambda word: word.speaker):
        part = tuple(run)
        text = "".join(word.text for word in part).strip()
        yield replace(
            segment,
            start=part[0].start,
            end=part[-1].end,
            text=text,
            words=part,
            compression_ratio=compression_ratio(text),
            speaker=speaker,
        )


def _carried(words: Sequence[Word]) -> Iterator[Word]:
    """A word outside all turns goes with the one before it; the first ones, with the next."""
    speaker = next((word.speaker for word in words if word.speaker), None)
    for word in words:
        speaker = word.speaker or speaker
        yield replace(word, speaker=speaker)
