"""What of a window is believed, what is doubted, and what was not heard at all."""

from itertools import pairwise

import pytest

from transcribid.domain.gate import (
    Answer,
    compression_ratio,
    judge,
    loops,
    unheard,
)
from transcribid.domain.passage import Doubt
from transcribid.domain.transcript import Stretch, Word

SENTENCE = " The doctor will read the yellow book on the table tomorrow morning."


def said(text: str, start: float = 0.0, pace: float = 0.4) -> tuple[Word, ...]:
    """Words one right after the other."""
    return tuple(
        Word(start + pace * at, start + pace * (at + 1), f" {word}", 0.9)
        for at, word in enumerate(text.split())
    )


def answer(text: str = SENTENCE, tokens: int = 20, sure: float = -0.2) -> Answer:
    return Answer(said(text), tokens, sure, 0.01)


@pytest.mark.parametrize(
    "text",
    [
        " Thank you." * 5,
        " no" * 10,
        " see you soon" * 4,
        " and then he went home again" * 3,
        " I think so. THANK YOU, thank you. Thank you! thank you; thank you... and so on",
        " Gracias. ¡Gracias! ¿Gracias?" * 4,
    ],
)
def test_words_that_come_again_and_again_are_a_loop(text: str) -> None:
    assert loops(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " Yes.",
        " Thank you." * 4,
        " no" * 9,
        " see you soon" * 3,
        " and then he went home again" * 2,
        " Thank you. Thank you. Good night. Thank you. Thank you. Good night. Thank you.",
        SENTENCE,
    ],
)
def test_people_may_say_the_same_several_times(text: str) -> None:
    assert not loops(text)


def test_a_text_that_says_little_compresses_well() -> None:
    assert compression_ratio("") == 0.0
    assert compression_ratio(SENTENCE) < 1.5
    assert compression_ratio("ha ha he ha ha " * 20) > 2.4


def test_a_sure_answer_to_all_speech_leaves_no_doubt() -> None:
    words = said(SENTENCE)
    judgement = judge(Answer(words, 20, -0.2, 0.01), [Stretch(0.0, words[-1].end)])

    assert judgement.answer.text == SENTENCE.strip()
    assert (judgement.doubts, judgement.unheard) == ((), ())


@pytest.mark.parametrize(
    ("doubtful", "doubts"),
    [
        (answer(" Thank you." * 5), (Doubt.REPEATS,)),
        (answer(" mañana mañana, hoy mañana y hoy" * 12), (Doubt.REPEATS,)),
        (answer(sure=-1.01), (Doubt.GUESSED,)),
        (answer(sure=-1.0), ()),
        (answer(tokens=222), (Doubt.CUT,)),
        (answer(tokens=221), ()),
        (answer("", sure=-1.5), ()),
        (answer(" no" * 10, tokens=222, sure=-2.0), (Doubt.REPEATS, Doubt.GUESSED, Doubt.CUT)),
    ],
)
def test_each_reason_to_doubt_is_named(doubtful: Answer, doubts: tuple[Doubt, ...]) -> None:
    assert judge(doubtful, []).doubts == doubts


def test_three_seconds_of_speech_without_a_word_were_not_heard() -> None:
    judgement = judge(Answer(said("good morning"), 4, -0.2, 0.01), [Stretch(0.0, 3.8)])

    assert judgement.doubts == (Doubt.UNHEARD,)
    assert judgement.unheard == (Stretch(0.8, 3.8),)


@pytest.mark.parametrize(
    ("words", "missing"),
    [
        ((), [Stretch(1.0, 5.0), Stretch(10.0, 14.0)]),
        (said("late", start=4.0), [Stretch(1.0, 4.0), Stretch(10.0, 14.0)]),
        (said("in between", start=6.0), [Stretch(1.0, 5.0), Stretch(10.0, 14.0)]),
        (said("two", start=2.0) + said("more", start=12.0), []),
    ],
)
def test_what_is_missing_is_missing_from_speech_alone(
    words: tuple[Word, ...], missing: list[Stretch]
) -> None:
    speech = [Stretch(1.0, 5.0), Stretch(7.0, 9.9), Stretch(10.0, 14.0)]

    assert list(unheard(words, speech)) == missing


def test_a_word_that_is_stretched_over_speech_hides_no_gap() -> None:
    stretched = (Word(0.0, 9.0, " well", 0.9),)

    assert list(unheard(stretched, [Stretch(0.0, 9.0)])) == [Stretch(2.5, 9.0)]


def test_nothing_is_missing_before_the_speech_begins() -> None:
    early = (Word(0.0, 6.1, " well", 0.9),)

    assert list(unheard(early, [Stretch(6.0, 10.0)])) == [Stretch(6.0, 10.0)]


@pytest.mark.parametrize(
    ("no_speech", "sure", "kept"),
    [(0.7, -1.1, ""), (0.6, -1.1, "you"), (0.7, -1.0, "you")],
)
def test_a_guess_at_silence_is_no_text(no_speech: float, sure: float, kept: str) -> None:
    judgement = judge(Answer(said("you"), 3, sure, no_speech), [Stretch(0.0, 20.0)])

    assert judgement.answer.text == kept


def test_a_guess_at_silence_is_no_text_and_where_voices_were_is_told() -> None:
    guess = Answer(said(" no" * 12), 222, -1.5, 0.9)
    quiet, loud = judge(guess, [Stretch(0.0, 1.0)]), judge(guess, [Stretch(0.0, 20.0)])

    assert (quiet.answer.words, quiet.doubts, quiet.unheard) == ((), (), ())
    assert (loud.doubts, loud.unheard) == ((Doubt.UNHEARD,), (Stretch(0.0, 20.0),))


def test_the_better_of_two_answers_is_the_one_with_less_to_doubt() -> None:
    speech = [Stretch(0.0, 12.0)]
    whole = " ".join([SENTENCE, "Nobody else came, and the window was closed at nine then."])
    ranked = [
        answer(whole),
        answer(SENTENCE),  # not all was heard
        answer(whole, tokens=222),
        answer(" good morning"),  # most was not heard
        answer(whole, tokens=222, sure=-2.0),
    ]
    badness = [judge(each, speech).badness for each in ranked]

    assert all(left < right for left, right in pairwise(badness))


@pytest.mark.parametrize(
    ("given", "unsure"),
    [(answer(), False), (answer(sure=-0.9), True), (answer(tokens=222), True)],
)
def test_what_is_doubtful_or_half_guessed_is_worth_another_try(
    given: Answer, unsure: bool
) -> None:
    assert judge(given, []).unsure is unsure


def test_words_are_better_than_a_later_silence() -> None:
    speech = [Stretch(0.0, 2.0)]
    words = Answer((Word(0.1, 0.5, " well", 0.6),), 3, -0.9, 0.7)
    silence = Answer((Word(0.1, 0.5, " hm", 0.1),), 3, -1.05, 0.7)

    assert judge(words, speech).badness < judge(silence, speech).badness
