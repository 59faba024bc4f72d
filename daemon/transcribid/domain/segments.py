"""Groups words into segments: a new one after a sentence, after a pause, or if it gets long."""

from collections.abc import Iterator, Sequence

from transcribid.domain.loops import compression_ratio
from transcribid.domain.transcript import Segment, Word
from transcribid.domain.window_result import WindowResult

_PAUSE = 1.5  # seconds of silence that separate two segments
_LONGEST = 12.0  # seconds; from here on a comma ends a segment
SENTENCE = (".", "!", "?", "…", "。", "！", "？")  # noqa: RUF001 - as they are written
_CLAUSE = (*SENTENCE, ",", ";", ":", "，", "、")  # noqa: RUF001 - as they are written


def segments(
    results: Sequence[WindowResult], language: str, *, words: bool
) -> tuple[Segment, ...]:
    """`language` is that of the recording; `words`: whether to keep words with their times."""
    return tuple(
        _segment(result, run, language, words=words)
        for result in results
        for run in _runs(result.words)
    )


def _runs(words: Sequence[Word]) -> Iterator[tuple[Word, ...]]:
    run: list[Word] = []
    for word in words:
        if run and _parts(run, word):
            yield tuple(run)
            run = []
        run.append(word)
    if run:
        yield tuple(run)


def _parts(run: Sequence[Word], word: Word) -> bool:
    last = run[-1]
    if word.start - last.end >= _PAUSE:
        return True
    long = last.end - run[0].start >= _LONGEST
    return last.text.rstrip().endswith(_CLAUSE if long else SENTENCE)


def _segment(
    result: WindowResult, run: tuple[Word, ...], language: str, *, words: bool
) -> Segment:
    text = "".join(word.text for word in run).strip()
    return Segment(
        start=run[0].start,
        end=run[-1].end,
        text=text,
        words=run if words else (),
        average_log_probability=result.average_log_probability,
        no_speech_probability=result.no_speech_probability,
        compression_ratio=compression_ratio(text),
        language=result.language if result.language != language else None,
        doubts=result.doubts,
    )
