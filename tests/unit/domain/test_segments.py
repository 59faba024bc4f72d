"""Words to segments: where a new one begins, and what it contains."""

from collections.abc import Sequence
from dataclasses import replace

from support.window_results import window_result
from transcribid.domain.loops import compression_ratio
from transcribid.domain.segments import segments
from transcribid.domain.transcript import Word
from transcribid.domain.window_result import Doubt, WindowResult


def timed(text: str, start: float = 0.0, pace: float = 0.5) -> tuple[Word, ...]:
    """Words one right after the other."""
    return tuple(
        Word(start + pace * at, start + pace * (at + 1), f" {word}", 0.9)
        for at, word in enumerate(text.split())
    )


def window(words: Sequence[Word], index: int = 0) -> WindowResult:
    return replace(window_result(index), words=tuple(words))


def texts(*window_results: WindowResult) -> list[str]:
    return [segment.text for segment in segments(window_results, "en", words=True)]


def test_a_sentence_is_a_segment() -> None:
    assert texts(window(timed("Good morning. How are you? Fine! Well… bye"))) == [
        "Good morning.",
        "How are you?",
        "Fine!",
        "Well…",
        "bye",
    ]


def test_chinese_sentences_end_too() -> None:
    words = [
        Word(at, at + 1.0, text, 0.9) for at, text in enumerate(("你好。", "天", "气好。"))
    ]

    assert texts(window(words)) == ["你好。", "天气好。"]


def test_a_pause_parts_two_segments() -> None:
    left = timed("and then")

    assert texts(window(left + timed("he went", start=left[-1].end + 1.5))) == [
        "and then",
        "he went",
    ]
    assert texts(window(left + timed("he went", start=left[-1].end + 1.4))) == [
        "and then he went"
    ]


def test_a_long_one_without_the_end_of_a_sentence_parts_at_a_comma() -> None:
    clause = "one, two three four five six,"
    words = timed(" ".join([clause] * 9))
    parts = segments([window(words)], "en", words=True)

    assert [part.end - part.start for part in parts] == [12.0, 12.0, 3.0]
    assert all(part.text.endswith(",") for part in parts)


def test_a_short_one_does_not_part_at_a_comma() -> None:
    assert texts(window(timed("one, two, three, four."))) == ["one, two, three, four."]


def test_windows_never_share_a_segment() -> None:
    left, right = window(timed("and then")), window(timed("he went", start=1.0), index=1)

    assert texts(left, window((), index=1), replace(right, index=2)) == ["and then", "he went"]


def test_a_segment_lasts_from_its_first_word_to_its_last() -> None:
    (segment,) = segments([window(timed("good morning", start=7.0))], "en", words=True)

    assert (segment.start, segment.end) == (7.0, 8.0)


def test_only_another_language_is_named() -> None:
    own, other = window(timed("Hello.")), replace(window(timed("Hola.")), language="es")

    assert [each.language for each in segments([own, other], "en", words=True)] == [None, "es"]


def test_words_are_kept_where_they_are_wanted() -> None:
    words = timed("good morning")

    assert segments([window(words)], "en", words=True)[0].words == words
    assert segments([window(words)], "en", words=False)[0].words == ()


def test_a_segment_says_how_sure_its_window_was() -> None:
    text = "ha " * 60
    doubtful = replace(
        window(timed(text)),
        average_log_probability=-1.3,
        no_speech_probability=0.4,
        doubts=(Doubt.GUESSED,),
    )
    (segment,) = segments([doubtful], "en", words=False)

    assert segment.average_log_probability == -1.3
    assert segment.no_speech_probability == 0.4
    assert segment.doubts == ("guessed",)
    assert segment.compression_ratio == compression_ratio(text.strip())
