"""What of a window is believed, what is doubted, and what was left out."""

import pytest

from transcribid.domain.gate import DecodeResult, Gap, covered, gaps, judge
from transcribid.domain.transcript import Span, Word
from transcribid.domain.window_result import Doubt

SENTENCE = " The doctor will read the yellow book on the table tomorrow morning."


def spoken_words(text: str, start: float = 0.0, pace: float = 0.4) -> tuple[Word, ...]:
    """Words one right after the other."""
    return tuple(
        Word(start + pace * at, start + pace * (at + 1), f" {word}", 0.9)
        for at, word in enumerate(text.split())
    )


def around(words: tuple[Word, ...]) -> list[Span]:
    """Speech just where the words are."""
    return [Span(0.0, words[-1].end if words else 1.0)]


def result(text: str = SENTENCE, sure: float = -0.2, *, cut: bool = False) -> DecodeResult:
    return DecodeResult(spoken_words(text), 20, cut, sure, 0.01)


def test_a_sure_answer_to_all_speech_leaves_no_doubt() -> None:
    words = spoken_words(SENTENCE)
    judgement = judge(DecodeResult(words, 20, False, -0.2, 0.01), [Span(0.0, words[-1].end)])

    assert judgement.result.text == SENTENCE.strip()
    assert (judgement.doubts, judgement.gaps) == ((), ())


@pytest.mark.parametrize(
    ("doubtful", "doubts"),
    [
        (result(" Thank you." * 5), (Doubt.REPEATS,)),
        (result(" mañana mañana, hoy mañana y hoy" * 12), (Doubt.REPEATS,)),
        (result(sure=-1.01), (Doubt.GUESSED,)),
        (result(sure=-1.0), ()),
        (result(cut=True), (Doubt.CUT,)),
        (result("", sure=-1.5), ()),
        (result(" no" * 10, sure=-2.0, cut=True), (Doubt.REPEATS, Doubt.GUESSED, Doubt.CUT)),
    ],
)
def test_each_reason_to_doubt_is_named(
    doubtful: DecodeResult, doubts: tuple[Doubt, ...]
) -> None:
    assert judge(doubtful, around(doubtful.words)).doubts == doubts


def spans(*times: tuple[float, float]) -> list[Span]:
    return [Span(*each) for each in times]


def missing(words: tuple[Word, ...], speech: list[Span]) -> list[list[Span]]:
    return [list(gap.speech) for gap in gaps(words, speech)]


def test_speech_behind_the_last_word_is_a_gap() -> None:
    judgement = judge(
        DecodeResult(spoken_words("good morning"), 4, False, -0.2, 0.01), spans((0.0, 2.4))
    )

    assert judgement.doubts == (Doubt.UNHEARD,)
    assert judgement.gaps == (Gap(0.8, 2.4, (Span(0.8, 2.4),)),)


def test_a_gap_is_measured_over_all_spans_of_speech_from_one_word_to_the_next() -> None:
    speech = spans((0.0, 0.8), (1.0, 1.6), (2.0, 2.5), (3.0, 3.5), (5.0, 5.8))
    words = spoken_words("good morning") + spoken_words("good night", start=5.0)

    assert missing(words, speech) == [spans((1.0, 1.6), (2.0, 2.5), (3.0, 3.5))]
    assert missing(words, [speech[0], *speech[2:]]) == []


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ((), [spans((1.0, 5.0), (7.0, 9.9), (10.0, 14.0))]),
        (
            spoken_words("late", start=4.0),
            [spans((1.0, 4.0)), spans((4.4, 5.0), (7.0, 9.9), (10, 14))],
        ),
        (
            spoken_words("in between", start=6.0),
            [spans((1.0, 5.0)), spans((7.0, 9.9), (10.0, 14.0))],
        ),
        (
            spoken_words("a b c d e", 1.0, 0.8)
            + spoken_words("f g", 7.0, 1.5)
            + spoken_words("h i", 10.0, 2.0),
            [],
        ),
    ],
)
def test_what_is_missing_is_missing_from_speech_alone(
    words: tuple[Word, ...], found: list[list[Span]]
) -> None:
    assert missing(words, spans((1.0, 5.0), (7.0, 9.9), (10.0, 14.0))) == found


def test_a_word_that_is_stretched_over_speech_hides_no_gap() -> None:
    stretched = (Word(0.0, 9.0, " well", 0.9),)

    assert missing(stretched, spans((0.0, 9.0))) == [spans((2.5, 9.0))]


def test_nothing_is_missing_before_the_speech_begins() -> None:
    early = (Word(0.0, 6.1, " well", 0.9),)

    assert missing(early, spans((6.0, 10.0))) == [spans((6.0, 10.0))]


def test_without_speech_nothing_is_missing() -> None:
    assert missing((), []) == []


@pytest.mark.parametrize(
    ("no_speech", "sure", "kept"),
    [(0.7, -0.81, ""), (0.6, -1.1, "you"), (0.7, -0.8, "you")],
)
def test_a_guess_at_silence_is_no_text(no_speech: float, sure: float, kept: str) -> None:
    judgement = judge(
        DecodeResult(spoken_words("you"), 3, False, sure, no_speech), [Span(0.0, 20.0)]
    )

    assert judgement.result.text == kept


def test_a_guess_at_silence_is_no_text_and_where_voices_were_is_reported() -> None:
    guess = DecodeResult(spoken_words(" no" * 12), 222, True, -1.5, 0.9)
    quiet, loud = judge(guess, spans((0.0, 1.0))), judge(guess, spans((0.0, 20.0)))

    assert (quiet.result.words, quiet.doubts, quiet.gaps) == ((), (), ())
    assert loud.doubts == (Doubt.UNHEARD,)
    assert [gap.seconds for gap in loud.gaps] == [20.0]


@pytest.mark.parametrize(
    ("given", "credible"),
    [
        (result(), True),
        (result(cut=True), True),
        (result(""), False),
        (result(sure=-1.1), False),
        (result(" no" * 10), False),
    ],
)
def test_words_are_credible_that_are_neither_guesses_nor_loops(
    given: DecodeResult, *, credible: bool
) -> None:
    assert judge(given, around(given.words)).credible is credible


def test_speech_is_covered_as_far_as_words_reach() -> None:
    words = (Word(0.0, 0.5, " well", 0.9), Word(1.0, 9.0, " stretched", 0.9))

    assert covered(words, spans((0.2, 0.8), (1.5, 9.0))) == pytest.approx(0.3 + 2.0)


def test_rounds_that_nobody_said_hide_no_gap() -> None:
    words = (
        Word(0.0, 2.5, " no", 0.9),
        *(Word(3.9 + at, 3.9 + at, " no", 0.9) for at in range(12)),
    )
    judgement = judge(DecodeResult(words, 13, False, -0.2, 0.01), spans((0.0, 20.0)))

    assert judgement.result.words == words[:1]
    assert judgement.removed == words[1:]
    assert judgement.doubts == (Doubt.REPEATS, Doubt.UNHEARD)
    assert judgement.missing == 17.5


@pytest.mark.parametrize(
    ("no_speech", "text", "kept"),
    [(0.9, "you", ""), (0.1, "you", "you"), (0.1, " you" * 12, "")],
)
def test_where_no_voice_was_detected_more_is_silence(
    no_speech: float, text: str, kept: str
) -> None:
    judgement = judge(DecodeResult(spoken_words(text), 3, False, -0.4, no_speech), [])

    assert judgement.result.text == kept
