"""Which word is whose, and where a segment is divided between two speakers."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transcribid.domain.quality import Verdict, judge
from transcribid.domain.speakers import with_speakers
from transcribid.domain.transcript import (
    Audio,
    Performer,
    Segment,
    Speakers,
    Transcript,
    Turn,
    Word,
)

EMPTY = Transcript(
    "en", 1.0, (), Audio("wav", "pcm", 60.0, 60.0, 0), Performer("m", "cpu", "", ""), 0.1
)


def spoken(text: str, start: float = 0.0, *, pace: float = 0.5) -> Segment:
    """A segment of words without pauses."""
    words = [
        Word(start + pace * index, start + pace * (index + 1), f" {word}", 0.9)
        for index, word in enumerate(text.split())
    ]
    return Segment(start, words[-1].end, text, tuple(words), compression_ratio=1.0)


def who_said(segments: list[Segment], *turns: Turn) -> list[tuple[str | None, str]]:
    transcript = replace(EMPTY, segments=tuple(segments))
    attributed = with_speakers(transcript, Speakers(turns))
    return [(segment.speaker, segment.text) for segment in attributed.segments]


def test_a_word_is_whose_turn_its_middle_is_in() -> None:
    attributed = who_said(
        [spoken("one two three four")], Turn(0.0, 1.2, "Ada"), Turn(1.2, 3.0, "Bob")
    )

    assert attributed == [("Ada", "one two"), ("Bob", "three four")]


def test_a_divided_segment_has_the_times_of_its_words() -> None:
    segment = spoken("one two three four", 10.0)
    transcript = replace(EMPTY, segments=(segment,))
    turns = (Turn(10.0, 11.0, "Ada"), Turn(11.0, 12.0, "Bob"))

    first, second = with_speakers(transcript, Speakers(turns)).segments

    assert (first.start, first.end) == (10.0, 11.0)
    assert (second.start, second.end) == (11.0, 12.0)
    assert first.words + second.words == tuple(
        replace(word, speaker=speaker)
        for word, speaker in zip(segment.words, ["Ada", "Ada", "Bob", "Bob"], strict=True)
    )


@pytest.mark.parametrize(("distance", "speaker"), [(0.4, "Ada"), (0.6, None)])
def test_a_word_outside_of_all_turns_belongs_to_a_near_one(
    distance: float, speaker: str | None
) -> None:
    word = spoken("word", 5.0)  # its middle is at 5.25

    assert who_said([word], Turn(0.0, 5.25 - distance, "Ada")) == [(speaker, "word")]
    assert who_said([word], Turn(5.25 + distance, 9.0, "Ada")) == [(speaker, "word")]


def test_a_word_far_from_all_turns_goes_with_the_words_around_it() -> None:
    attributed = who_said([spoken("one two three four five")], Turn(0.9, 1.1, "Ada"))

    assert attributed == [("Ada", "one two three four five")]


def test_a_single_word_in_the_flow_of_another_speaker_is_theirs() -> None:
    turns = Turn(0.0, 1.0, "Ada"), Turn(1.0, 1.5, "Bob"), Turn(1.5, 9.0, "Ada")

    assert who_said([spoken("one two three four")], *turns) == [("Ada", "one two three four")]


def test_single_words_that_alternate_are_left_to_who_said_them() -> None:
    turns = [Turn(0.5 * at, 0.5 * at + 0.5, ["Ada", "Bob"][at % 2]) for at in range(8)]

    attributed = who_said([spoken("one two three four five six seven eight")], *turns)

    assert [who for who, _ in attributed] == ["Ada", "Bob"] * 4


@pytest.mark.parametrize("start", [0.5, 1.0])
def test_a_single_word_is_given_to_who_says_two_together_on_one_side_of_it(
    start: float,
) -> None:
    turns = (
        Turn(0.0, start, "Ada"),
        Turn(start, start + 0.5, "Bob"),
        Turn(start + 0.5, 2, "Ada"),
    )

    assert who_said([spoken("one two three four")], *turns) == [("Ada", "one two three four")]


def test_the_only_word_whose_speaker_is_known_keeps_the_speaker() -> None:
    segments = [spoken("one", pace=2.0), spoken("two", 2.0), spoken("three", 2.5, pace=2.0)]

    attributed = who_said(segments, Turn(2.0, 2.5, "Ada"))

    assert attributed == [(None, "one"), ("Ada", "two"), (None, "three")]


def test_an_answer_of_one_word_is_kept() -> None:
    turns = Turn(0.0, 1.0, "Ada"), Turn(1.0, 1.5, "Bob"), Turn(1.5, 9.0, "Ada")
    segments = [spoken("Is it?"), spoken("Yes.", 1.0), spoken("Good then.", 1.5)]

    assert who_said(segments, *turns) == [
        ("Ada", "Is it?"),
        ("Bob", "Yes."),
        ("Ada", "Good then."),
    ]


def test_a_single_word_between_pauses_is_kept() -> None:
    turns = Turn(0.0, 1.0, "Ada"), Turn(2.0, 2.5, "Bob"), Turn(4.0, 9.0, "Ada")
    segments = [spoken("so we"), spoken("hm", 2.0), spoken("go on", 4.0)]

    assert [who for who, _ in who_said(segments, *turns)] == ["Ada", "Bob", "Ada"]


def test_without_word_times_a_segment_is_whose_turn_its_middle_is_in() -> None:
    segments = [Segment(0.0, 2.0, "one"), Segment(4.0, 6.0, "two"), Segment(20.0, 22.0, "far")]

    attributed = who_said(segments, Turn(0.0, 3.0, "Ada"), Turn(3.0, 7.0, "Bob"))

    assert attributed == [("Ada", "one"), ("Bob", "two"), (None, "far")]


def test_without_turns_nothing_changes_but_that_it_was_asked() -> None:
    transcript = replace(EMPTY, segments=(spoken("one two"),))

    attributed = with_speakers(transcript, Speakers())

    assert [each.words for each in attributed.segments] == [transcript.segments[0].words]
    assert attributed.text == transcript.text
    assert attributed.speakers == Speakers()


def test_names_are_in_the_order_in_which_they_speak() -> None:
    speakers = Speakers((Turn(0, 1, "Bob"), Turn(1, 2, "Ada"), Turn(2, 3, "Bob")))

    assert speakers.names == ("Bob", "Ada")


def test_speakers_that_could_not_be_distinguished_are_a_reason_for_review() -> None:
    transcript = replace(EMPTY, segments=(spoken("one two"),))

    quality = judge(replace(transcript, speakers=Speakers(failure="The process was ended.")))

    assert judge(replace(transcript, speakers=Speakers())).verdict is Verdict.GOOD
    assert quality.verdict is Verdict.REVIEW
    assert "The process was ended." in quality.reasons[0]


MOMENTS = st.floats(0.0, 30.0, allow_nan=False)
TURNS = st.lists(st.tuples(MOMENTS, st.sampled_from("ABC")), max_size=8).map(
    lambda ends: [
        Turn(start, end, who)
        for (start, who), (end, _) in zip(sorted(ends)[:-1], sorted(ends)[1:], strict=True)
    ]
)


@given(st.lists(st.integers(1, 9), min_size=1, max_size=6), TURNS)
def test_no_word_is_lost_doubled_or_moved(sizes: list[int], turns: list[Turn]) -> None:
    segments = [
        spoken(" ".join(f"w{index}.{word}" for word in range(size)), index * 5.0)
        for index, size in enumerate(sizes)
    ]
    transcript = replace(EMPTY, segments=tuple(segments))

    attributed = with_speakers(transcript, Speakers(tuple(turns)))

    assert attributed.text.split() == transcript.text.split()
    assert [word.start for each in attributed.segments for word in each.words] == [
        word.start for each in segments for word in each.words
    ]
    assert all(
        {word.speaker for word in each.words} == {each.speaker} for each in attributed.segments
    )
