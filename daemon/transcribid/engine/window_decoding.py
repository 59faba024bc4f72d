"""One window while it is decoded: the best result so far, and what is still missing from it.

A gap (`domain/gate.py`) is decoded separately, from its first speech on, as Whisper's own loop
would continue from where the model stopped, and the words found are inserted between those
around it. That is done at most three times for a window. A gap in which less than a second of
speech gets words that way is left as it is, and so is a window without words: to a speech
detector, laughter and music are speech, too.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from transcribid.domain.gate import DecodeResult, Gap, Judgement, covered, judge
from transcribid.domain.loops import plain
from transcribid.domain.transcript import Removed, Span, Word
from transcribid.domain.window_result import Doubt, WindowResult
from transcribid.engine.active_recording import Piece
from transcribid.engine.model import FRAMES_PER_SECOND, rounded
from transcribid.engine.timeline import Timeline, within_speech

_MOST_RESTS = 3  # gaps of one window that are decoded separately
_LEAST_GAIN = 1.0  # seconds of speech that must get words by it
_UNSURE = -0.6  # average log-probability; a third of the windows below it are badly wrong
_MARGIN = 0.2  # seconds of audio before and after a gap that are decoded with it
_SLOWEST = 0.5  # words a second; fewer are stretched over speech they do not belong to
_FEW = 3  # words
_APART = 1.0  # seconds between removed words that are listed separately
_SHORTEST = 0.3  # seconds of audio that could contain a word
_DOUBLE = 0.3  # seconds from the start of the rest in which a word may be a duplicate


@dataclass(frozen=True, slots=True)
class Rest:
    """A gap of a window, as features to decode."""

    gap: Gap
    features: NDArray[np.float32]  # of shape (mels, frames)
    start: float  # seconds into the window
    before: str  # the text up to that point

    @property
    def frames(self) -> int:
        return self.features.shape[1]


@dataclass(eq=False)
class WindowDecoding:
    piece: Piece
    language: str
    probabilities: Mapping[str, float]  # of each language, where it was detected
    full: bool = False  # whether the encoder gets full padding
    rests: int = 0  # gaps that were decoded separately
    _best: Judgement | None = None
    _cut_words: list[Word] = field(default_factory=list[Word])
    _given_up: set[float] = field(default_factory=set[float])  # start times of gaps that stay

    def __post_init__(self) -> None:
        self._timeline = Timeline(self.piece.window.spans)
        self.speech = self._timeline.inside(self.piece.window.speech)

    def in_language(self, language: str) -> "WindowDecoding":
        """The same window, not decoded yet, in another language."""
        return WindowDecoding(self.piece, language, self.probabilities, self.full)

    @property
    def features(self) -> NDArray[np.float32]:
        return self.piece.window.features

    @property
    def frames(self) -> int:
        return self.features.shape[1]

    @property
    def best(self) -> Judgement:
        assert self._best is not None, "nothing was decoded yet"
        return self._best

    @property
    def doubtful(self) -> bool:
        """Whether the result is poor enough that language detection is worthwhile."""
        best = self.best
        return bool(best.doubts) or best.result.average_log_probability < _UNSURE

    @property
    def misled(self) -> bool:
        """Whether so little of it was transcribed that a prompt may be to blame."""
        spoken = sum(span.length for span in self.speech)
        return not self.best.credible or self.best.missing > spoken / 2

    def accept(self, result: DecodeResult) -> None:
        """Take the result of decoding the whole window."""
        words = tuple(within_speech(result.words, self.speech))
        self._take(judge(replace(result, words=words), self.speech))

    def prefer(self, result: DecodeResult) -> None:
        """Take another result of decoding the whole window, if it is the better one."""
        words = tuple(within_speech(result.words, self.speech))
        other = judge(replace(result, words=words), self.speech)
        if other.credible and (other.missing < self.best.missing or not self.best.credible):
            self._cut_words.clear()
            self._take(other)

    @property
    def _doubts(self) -> tuple[Doubt, ...]:
        """Words that were cut still count as a doubt."""
        repeats = (Doubt.REPEATS,) if self._cut_words else ()
        return tuple(dict.fromkeys((*repeats, *self.best.doubts)))

    def _take(self, judgement: Judgement) -> None:
        self._best = judgement
        self._cut_words += judgement.removed

    def next_rest(self) -> Rest | None:
        """The first gap that is worth decoding separately."""
        if not self.best.result.words or self.rests >= _MOST_RESTS:
            return None
        gaps = (gap for gap in self.best.gaps if gap.start not in self._given_up)
        return next((rest for rest in map(self._rest, gaps) if rest.frames), None)

    def fill(self, rest: Rest, result: DecodeResult) -> None:
        """Insert the words of a decoded gap between those around it, if they are any good."""
        self.rests += 1
        judgement = judge(replace(result, words=self._found(rest, result)), rest.gap.speech)
        found = judgement.result.words
        seconds = covered(found, rest.gap.speech)
        worth = seconds >= _LEAST_GAIN and len(found) >= _SLOWEST * seconds
        if judgement.credible and worth and not _known(found, *self._around(rest)):
            self._take(judge(self._joined(rest, judgement.result), self.speech))
        else:
            self._given_up.add(rest.gap.start)

    def window_result(self) -> WindowResult:
        window, best = self.piece.window, self.best
        sounds_like = max(
            self.probabilities, key=lambda each: self.probabilities[each], default=self.language
        )
        return WindowResult(
            index=window.index,
            start=window.spans[0].start,
            end=window.spans[-1].end,
            speech=window.seconds_of_speech,
            language=self.language,
            language_probability=self.probabilities.get(self.language, 1.0),
            sounds_like=sounds_like,
            sounds_like_probability=self.probabilities.get(sounds_like, 1.0),
            words=tuple(map(self._placed, best.result.words)),
            average_log_probability=best.result.average_log_probability,
            no_speech_probability=best.result.no_speech_probability,
            compression_ratio=best.result.compression_ratio,
            rests=self.rests,
            doubts=self._doubts,
            unheard=tuple(
                self._timeline.outside(span) for gap in best.gaps for span in gap.speech
            ),
            removed=tuple(_removed([*map(self._placed, self._cut_words)])),
            bookmark=window.bookmark,
            made_with=self.piece.active.made_with,
        )

    def _rest(self, gap: Gap) -> Rest:
        start = max(gap.start, gap.speech[0].start - _MARGIN)
        first = round(start * FRAMES_PER_SECOND)
        behind_all = gap.end >= self.speech[-1].end
        end = self.frames if behind_all else round((gap.end + _MARGIN) * FRAMES_PER_SECOND)
        last = min(self.frames, end)
        if last - first < _SHORTEST * FRAMES_PER_SECOND:
            last = first
        words = (word.text for word in self.best.result.words if word.start <= gap.start)
        return Rest(
            gap, self.features[:, first:last], first / FRAMES_PER_SECOND, "".join(words).strip()
        )

    def _around(self, rest: Rest) -> tuple[tuple[Word, ...], tuple[Word, ...]]:
        """The words before the gap, and those after it."""
        words = self.best.result.words
        count = sum(word.start <= rest.gap.start for word in words)
        return _until(words[:count], rest.gap.start), words[count:]

    def _found(self, rest: Rest, result: DecodeResult) -> tuple[Word, ...]:
        """The new words, in window time."""
        before, after = self._around(rest)
        moved = (
            replace(word, start=word.start + rest.start, end=word.end + rest.start)
            for word in result.words
        )
        inside = [
            replace(word, end=min(word.end, rest.gap.end)) if after else word
            for word in within_speech(tuple(moved), self.speech)
            if not after or word.start < rest.gap.end
        ]
        return without_echo(without_doubles(before, inside, rest.start), after)

    def _joined(self, rest: Rest, result: DecodeResult) -> DecodeResult:
        whole = self.best.result
        before, after = self._around(rest)
        return DecodeResult(
            words=before + result.words + after,
            tokens=whole.tokens + result.tokens,
            cut=whole.cut if after else result.cut,
            average_log_probability=rounded(_mean(whole, result)),
            no_speech_probability=min(
                whole.no_speech_probability, result.no_speech_probability
            ),
        )

    def _placed(self, word: Word) -> Word:
        place = self._timeline.outside(Span(word.start, word.end))
        return replace(word, start=round(place.start, 3), end=round(place.end, 3))


def _removed(words: Sequence[Word]) -> Iterator[Removed]:
    """Words close to each other, joined."""
    run: list[Word] = []
    for word in [*words, None]:
        if run and (word is None or word.start - run[-1].end > _APART):
            text = "".join(each.text for each in run).strip()
            yield Removed(run[0].start, run[-1].end, text)
            run = []
        if word:
            run.append(word)


def without_doubles(
    before: Sequence[Word], found: Sequence[Word], start: float
) -> tuple[Word, ...]:
    """The words found, less those at their start that repeat the end of the words before."""
    at_once = sum(word.start <= start + _DOUBLE for word in found)
    longest = min(len(before), at_once)
    same = (count for count in range(longest, 0, -1) if _alike(before[-count:], found[:count]))
    return tuple(found[next(same, 0) :])


def without_echo(found: Sequence[Word], after: Sequence[Word]) -> tuple[Word, ...]:
    """The words found, less those at their end that repeat the start of the words after."""
    limit = after[0].start - _DOUBLE if after else 0.0
    at_last = sum(word.end >= limit for word in found)
    longest = min(len(after), at_last)
    same = (count for count in range(longest, 0, -1) if _alike(found[-count:], after[:count]))
    return tuple(found[: len(found) - next(same, 0)])


def _until(words: Sequence[Word], end: float) -> tuple[Word, ...]:
    """The words, clipped at `end`: the last one may have been stretched over a gap."""
    return tuple(replace(word, end=min(word.end, end)) for word in words)


def _known(found: Sequence[Word], before: Sequence[Word], after: Sequence[Word]) -> bool:
    """Whether the few words found only repeat those at the edges of the gap."""
    edges = [*before[-_FEW:], *after[:_FEW]]
    return len(found) <= _FEW and any(
        _alike(found, edges[at : at + len(found)]) for at in range(len(edges))
    )


def _alike(some: Sequence[Word], others: Sequence[Word]) -> bool:
    return [plain(word.text) for word in some] == [plain(word.text) for word in others]


def _mean(one: DecodeResult, other: DecodeResult) -> float:
    """Mean log-probability of both, weighted by tokens, each with its end-of-text token."""
    weights = one.tokens + 1, other.tokens + 1
    total = (
        one.average_log_probability * weights[0] + other.average_log_probability * weights[1]
    )
    return total / sum(weights)
