"""The best of what was decoded of a window, completed, in times of the recording."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from transcribid.domain.gate import DecodeResult
from transcribid.domain.job import JobId
from transcribid.domain.options import Options
from transcribid.domain.transcript import Performer, Span, Word
from transcribid.domain.window_result import Doubt
from transcribid.engine.active_recording import ActiveRecording, Piece, Window
from transcribid.engine.window_decoding import (
    Rest,
    WindowDecoding,
    without_doubles,
    without_echo,
)
from transcribid.protocol.engine import Request

STRETCHES = (Span(100.0, 110.0), Span(130.0, 140.0))
SPEECH = (Span(101.0, 109.0), Span(131.0, 139.0))
FRAMES = np.arange(2000, dtype=np.float32)[None].repeat(80, axis=0)  # each says its number


def decoding(probabilities: dict[str, float] | None = None) -> WindowDecoding:
    request = Request(JobId(1), 1, "a", "aa", Options(), 60.0, accept_partial=True)
    performer = Performer("starter", "cpu", "int8", "these libraries")
    window = Window(3, FRAMES, STRETCHES, SPEECH, "here")
    active = ActiveRecording(request, performer, lambda _: None, 80)
    return WindowDecoding(Piece(active, window), "en", probabilities or {})


def result(
    *starts: float, sure: float = -0.2, tokens: int = 20, text: str = "well", cut: bool = False
) -> DecodeResult:
    """A word from each of these times to the next."""
    words = tuple(Word(left, right, f" {text}{left}", 0.9) for left, right in pairwise(starts))
    return DecodeResult(words, tokens, cut, sure, 0.01)


def rest_of(window: WindowDecoding) -> Rest:
    rest = window.next_rest()
    assert rest is not None
    return rest


WHOLE = tuple(float(each) for each in (1, 3, 5, 7, 9, 11, 13, 15, 17, 19))


def test_words_are_placed_in_the_recording() -> None:
    window = decoding()
    window.accept(result(*WHOLE))
    window_result = window.window_result()

    assert [word.start for word in window_result.words][:4] == [101.0, 103.0, 105.0, 107.0]
    assert [word.start for word in window_result.words][-4:] == [131.0, 133.0, 135.0, 137.0]
    assert (window_result.index, window_result.start, window_result.end) == (3, 100.0, 140.0)
    assert (window_result.speech, window_result.doubts, window_result.rests) == (16.0, (), 0)
    assert window.next_rest() is None


def test_what_stays_without_words_is_placed_in_the_recording() -> None:
    window = decoding()
    window.accept(result(*WHOLE[:5]))

    assert window.window_result().doubts == (Doubt.UNHEARD,)
    assert window.window_result().unheard == (Span(131.0, 139.0),)


def test_the_end_that_the_model_left_out_is_decoded_by_itself() -> None:
    window = decoding()
    window.accept(result(*WHOLE[:5], sure=-0.1, tokens=9, cut=True))
    rest = rest_of(window)

    assert rest.start == pytest.approx(10.8)
    assert rest.features[0, 0] == 1080
    assert rest.frames == 2000 - 1080

    window.fill(rest, result(0.3, 2.2, 4.2, 6.2, 8.2, sure=-0.4, tokens=19, text="rest"))
    window_result = window.window_result()

    assert [word.text for word in window_result.words][-4:] == [
        " rest0.3",
        " rest2.2",
        " rest4.2",
        " rest6.2",
    ]
    assert [word.start for word in window_result.words][-4:] == [131.1, 133.0, 135.0, 137.0]
    assert (window_result.doubts, window_result.unheard, window_result.rests) == ((), (), 1)
    assert window_result.average_log_probability == pytest.approx(-0.3)


def test_a_gap_between_words_is_decoded_up_to_the_next_word() -> None:
    window = decoding()
    whole = result(*WHOLE)
    window.accept(replace(whole, words=whole.words[:2] + whole.words[4:]))
    rest = rest_of(window)

    assert (rest.start, rest.features[0, -1]) == (5.0, 919)

    window.fill(rest, result(0.0, 1.0, 3.9, text="between"))
    texts = [word.text for word in window.window_result().words]

    assert texts[1:5] == [" well3.0", " between0.0", " between1.0", " well9.0"]


@pytest.mark.parametrize(
    "found",
    [
        result(),
        result(0.2, 1.0),  # gains less than a second
        result(0.2, 2.2, 4.2, 6.2, 8.2, sure=-1.1),
        replace(result(0.2, 2.2, 4.2, 6.2, 8.2, sure=-1.1), no_speech_probability=0.9),
    ],
)
def test_a_rest_that_is_no_good_leaves_all_as_it_was(found: DecodeResult) -> None:
    window = decoding()
    window.accept(result(*WHOLE[:5]))
    window.fill(rest_of(window), found)

    assert window.window_result().unheard == (Span(131.0, 139.0),)
    assert window.next_rest() is None


def test_words_at_the_far_seam_of_a_gap_are_not_written_twice() -> None:
    window = decoding()
    whole = result(*WHOLE)
    window.accept(replace(whole, words=whole.words[:2] + whole.words[4:]))
    rest = rest_of(window)
    spoken = tuple(
        Word(at, at + 1.0, f" {text}", 0.9)
        for at, text in ((0.0, "new"), (2.0, "newer"), (3.9, "well9.0"), (4.1, "late"))
    )
    window.fill(rest, DecodeResult(spoken, 9, False, -0.2, 0.01))
    words = window.window_result().words

    assert [word.text for word in words][1:5] == [" well3.0", " new", " newer", " well9.0"]
    assert [word.start for word in words] == sorted(word.start for word in words)


def test_one_word_in_much_speech_does_not_close_a_gap() -> None:
    window = decoding()
    window.accept(result(*WHOLE[:5]))
    window.fill(rest_of(window), result(3.0, 3.05))

    assert window.window_result().unheard == (Span(131.0, 139.0),)


def test_each_part_weighs_as_much_as_it_has_tokens() -> None:
    window = decoding()
    window.accept(result(1.0, 2.0, sure=-0.1, tokens=99))
    for number in range(2):
        window.fill(
            rest_of(window), result(0.0, 1.5, sure=-0.9, tokens=4, text=f"rest {number} ")
        )

    mean = (100 * -0.1 + 2 * 5 * -0.9) / 110
    assert window.window_result().average_log_probability == pytest.approx(mean, abs=0.01)


def test_no_window_is_decoded_for_ever() -> None:
    window = decoding()
    window.accept(result(1.0, 1.5))
    for rests in range(3):
        assert window.window_result().rests == rests
        window.fill(rest_of(window), result(0.0, 1.5, text=f"rest {rests} "))

    assert window.next_rest() is None
    assert window.window_result().rests == 3
    assert window.window_result().doubts == (Doubt.UNHEARD,)


def test_where_no_word_was_found_there_is_no_rest_of_them() -> None:
    window = decoding()
    window.accept(result())

    assert window.next_rest() is None
    assert window.window_result().unheard == SPEECH


def test_a_word_before_a_gap_does_not_reach_over_it() -> None:
    window = decoding()
    window.accept(result(1.0, 19.0))
    rest = rest_of(window)
    window.fill(rest, result(0.0, 2.0, 4.0, text="rest"))
    first, second = window.window_result().words[:2]

    assert (first.start, first.end, second.start) == (101.0, 103.5, 103.5)


def spoken(text: str, start: float = 0.0) -> tuple[Word, ...]:
    return tuple(
        Word(start + 0.5 * at, start + 0.5 * at + 0.4, f" {word}", 0.9)
        for at, word in enumerate(text.split())
    )


@pytest.mark.parametrize(
    ("found", "new"),
    [
        ("Friday, we", ["we"]),
        ("Friday Friday we", ["Friday", "we"]),
        ("we went", ["we", "went"]),
        ("Friday", []),
        ("", []),
    ],
)
def test_a_word_at_the_seam_is_not_written_twice(found: str, new: list[str]) -> None:
    before, after = spoken("see you on Friday."), spoken(found, start=2.0)
    assert [word.text.strip() for word in without_doubles(before, after, 2.0)] == new


def test_what_is_said_again_is_written_again() -> None:
    before, after = spoken("no, no"), spoken("no, no", start=2.6)
    sentence = spoken("enter your password"), spoken("enter your password", start=2.1)

    assert without_doubles(before, after, 2.0) == after
    assert without_doubles(*sentence, 2.0) == sentence[1]
    assert without_echo(sentence[0], spoken("enter your password", start=5.0)) == sentence[0]


def test_a_few_words_from_the_edges_of_a_gap_do_not_fill_it() -> None:
    window = decoding()
    window.accept(result(*WHOLE[:5]))
    edge = (Word(0.2, 1.5, " well5.0", 0.9), Word(1.5, 3.0, " well7.0", 0.9))
    window.fill(rest_of(window), DecodeResult(edge, 2, False, -0.2, 0.01))

    assert window.window_result().unheard == (Span(131.0, 139.0),)


def test_words_that_are_stretched_over_a_gap_do_not_fill_it() -> None:
    window = decoding()
    window.accept(result(*WHOLE[:5]))
    window.fill(rest_of(window), result(0.2, 4.2, 8.2))

    assert window.window_result().unheard == (Span(131.0, 139.0),)


@pytest.mark.parametrize(
    ("first", "misled"),
    [(result(*WHOLE), False), (result(1.0, 2.0), True), (result(*WHOLE, sure=-2.0), True)],
)
def test_a_window_that_a_prompt_misled_is_better_without_it(
    first: DecodeResult, *, misled: bool
) -> None:
    window = decoding()
    window.accept(first)
    assert window.misled is misled

    window.prefer(result(*WHOLE, text="better"))
    assert window.window_result().words[0].text.startswith(" better") is misled

    window.prefer(result(1.0, 2.0))
    assert len(window.window_result().words) == len(WHOLE) - 1


def test_rounds_that_nobody_said_are_reported() -> None:
    window = decoding()
    rounds = [Word(1.0, 9.0, " no", 0.9)] + [Word(9.0, 9.0, " no", 0.9)] * 10
    spoken = tuple(Word(at, at + 1.0, f" w{at}", 0.9) for at in range(11, 19))
    window.accept(DecodeResult((*rounds, *spoken), 30, False, -0.2, 0.01))
    window_result = window.window_result()

    assert [each.text for each in window_result.removed] == [" ".join(["no"] * 10)]
    assert window_result.words[0].text == " no"
    assert "repeats" in window_result.doubts


def test_a_window_sounds_like_its_likeliest_language() -> None:
    asked, given = decoding({"en": 0.2, "es": 0.8}), decoding()
    asked.accept(result(*WHOLE))
    given.accept(result(*WHOLE))

    assert (
        asked.window_result().sounds_like,
        asked.window_result().sounds_like_probability,
    ) == ("es", 0.8)
    assert asked.window_result().language_probability == 0.2
    assert (
        given.window_result().sounds_like,
        given.window_result().sounds_like_probability,
    ) == ("en", 1.0)
