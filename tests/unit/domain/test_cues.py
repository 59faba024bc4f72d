from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transcribid.domain.cues import LONGEST, SHORTEST, Cue, cues
from transcribid.domain.transcript import Segment, Word

TEXT = st.text('abcé  .,;?"()-今日は。、「」\n\u2028<&\\{', min_size=1, max_size=150)
TIMES = st.floats(0, 40) | st.integers(0, 40)
WORDS = st.builds(Word, TIMES, TIMES, st.text(" ab.,今。", max_size=12), st.just(0.5))


def timed(words: list[Word]) -> Segment:
    return Segment(
        words[0].start,
        words[-1].end,
        "".join(word.text for word in words).strip(),
        tuple(words),
    )


SEGMENTS = st.lists(
    st.builds(Segment, TIMES, TIMES, TEXT) | st.builds(timed, st.lists(WORDS, min_size=1)),
    max_size=6,
)


def cut(*segments: Segment) -> list[Cue]:
    return cues(segments, max_line_width=42, max_lines=2)


def lines(*segments: Segment) -> list[tuple[str, ...]]:
    return [cue.lines for cue in cut(*segments)]


def spoken(words: str, *, pace: float = 0.3) -> Segment:
    """A segment whose words take the same time each; a star is as much silence."""
    moments = enumerate(words.split())
    return timed(
        [
            Word(pace * at, pace * (at + 1), f" {word}", 1.0)
            for at, word in moments
            if word != "*"
        ]
    )


@given(SEGMENTS, st.integers(8, 42), st.integers(1, 3))
def test_every_letter_appears_once_and_in_order(
    segments: list[Segment], width: int, height: int
) -> None:
    shown = cues(segments, max_line_width=width, max_lines=height)

    text = "".join(segment.text for segment in segments)
    letters = "".join(line for cue in shown for line in cue.lines)
    assert "".join(letters.split()) == "".join(text.split())


@given(st.lists(st.text("ab,.'", min_size=1, max_size=8), min_size=1), st.integers(8, 42))
def test_no_word_is_cut_that_fits_a_line(words: list[str], width: int) -> None:
    segment = Segment(0.0, 30.0, " ".join(words))

    shown = cues([segment], max_line_width=width, max_lines=2)

    assert " ".join(line for cue in shown for line in cue.lines).split() == words


@given(SEGMENTS, st.integers(8, 42), st.integers(1, 3))
def test_a_cue_fits_its_screen(segments: list[Segment], width: int, height: int) -> None:
    for cue in cues(segments, max_line_width=width, max_lines=height):
        assert 1 <= len(cue.lines) <= height
        assert all(1 <= len(line) <= width and line == line.strip() for line in cue.lines)
        assert all(line.splitlines() == [line] for line in cue.lines)


@given(SEGMENTS)
def test_cues_are_in_order_and_never_overlap(segments: list[Segment]) -> None:
    shown = cut(*segments)

    assert all(0 <= round(cue.start * 1000) < round(cue.end * 1000) for cue in shown)
    assert all(before.end <= after.start for before, after in pairwise(shown))


@given(st.lists(st.floats(0.05, 3.0), min_size=1, max_size=60))
def test_a_cue_lasts_as_long_as_a_reader_needs_and_no_longer(pauses: list[float]) -> None:
    words: list[Word] = []
    clock = 0.0
    for pause in pauses:
        words.append(Word(clock, clock + 0.2, " word", 1.0))
        clock += 0.2 + pause

    shown = cut(timed(words))

    assert all(cue.end - cue.start <= LONGEST + 0.001 for cue in shown)
    for before, after in pairwise(shown):
        long_enough = before.end - before.start >= SHORTEST - 0.001
        assert long_enough or before.end == pytest.approx(after.start, abs=0.001)


def test_nothing_said_is_no_cue() -> None:
    assert cut() == []
    assert cut(Segment(0.0, 2.0, " \n ")) == []


def test_a_word_longer_than_the_longest_cue_keeps_its_time() -> None:
    assert cut(Segment(1.0, 20.0, "Aaah!")) == [Cue(1.0, 20.0, ("Aaah!",))]


def test_sentences_get_a_cue_each() -> None:
    assert lines(spoken("The first is here. And now the second!")) == [
        ("The first is here.",),
        ("And now the second!",),
    ]


def test_a_sentence_too_short_to_read_stays_with_its_neighbour() -> None:
    assert lines(spoken("Yes. The package is short.")) == [("Yes. The package is short.",)]


@pytest.mark.parametrize("title", ["Mr.", "Dr.", "J.", "U.S."])
def test_an_abbreviation_ends_no_sentence(title: str) -> None:
    text = f"Then we all met {title} Smith at the door."

    assert lines(spoken(text)) == [(text,)]


def test_a_long_sentence_breaks_at_a_clause() -> None:
    clauses = [
        "We waited for the doctor in the long corridor until five,",
        "and nobody came to tell us why.",
    ]

    assert [" ".join(cue) for cue in lines(spoken(" ".join(clauses)))] == clauses


def test_without_marks_a_long_sentence_breaks_at_a_pause() -> None:
    parts = [
        "we waited for the doctor in the corridor",
        "and nobody at all ever came to tell us the reason why",
    ]

    assert [" ".join(cue) for cue in lines(spoken(" * ".join(parts)))] == parts


def test_silence_within_a_segment_parts_two_cues() -> None:
    first, second = cut(spoken("And then * * * * silence"))

    assert (first.lines, first.end) == (("And then",), round(SHORTEST, 3))
    assert (second.lines, second.start) == (("silence",), 1.8)


def test_the_lines_of_a_cue_are_balanced() -> None:
    assert lines(spoken("the meeting starts on Wednesday at eleven or so")) == [
        ("the meeting starts on", "Wednesday at eleven or so")
    ]


def test_what_fits_on_one_line_stays_there() -> None:
    assert lines(spoken("well, the price is ninety seven euros")) == [
        ("well, the price is ninety seven euros",)
    ]


def test_text_without_spaces_breaks_at_the_width_and_at_its_own_marks() -> None:
    screens = [
        ("今日は天気がいいから、散歩しましょう。",),
        ("明日は雨が降るかもしれませんので、", "傘を持って行くことをお勧めします。"),
    ]

    assert lines(Segment(0.0, 10.0, "".join(map("".join, screens)))) == screens


def test_a_word_longer_than_a_line_is_cut() -> None:
    assert lines(Segment(0.0, 3.0, "a" * 60)) == [("a" * 30, "a" * 30)]


def test_text_that_the_words_lack_is_shown_all_the_same() -> None:
    words = (Word(0.0, 0.4, " Almost", 1.0), Word(0.4, 0.9, " all", 1.0))

    assert lines(Segment(0.0, 2.0, "Almost all of it.", words)) == [("Almost all of it.",)]


def test_without_word_times_a_segment_is_shared_out_by_letters() -> None:
    first, second = cut(Segment(10.0, 20.0, "One two three four. One two three four."))

    assert first.end == pytest.approx(10 + 10 * 19 / 39, abs=0.001)
    assert second.start == pytest.approx(10 + 10 * 20 / 39, abs=0.001)
    assert second.end == 20.0
