"""The best of what was said of a window, in times of the recording."""

from itertools import pairwise

import numpy as np
import pytest

from transcribid.domain.gate import Answer
from transcribid.domain.job import JobId
from transcribid.domain.options import Options
from transcribid.domain.passage import Doubt
from transcribid.domain.transcript import Performer, Stretch, Word
from transcribid.engine.assignment import Assignment, Piece, Window
from transcribid.engine.attempt import Attempt, joined
from transcribid.wire import Request

STRETCHES = (Stretch(100.0, 110.0), Stretch(130.0, 140.0))
SPEECH = (Stretch(101.0, 109.0), Stretch(131.0, 139.0))


def attempt(sounds: dict[str, float] | None = None) -> Attempt:
    request = Request(JobId(1), 1, "a", "aa", Options(), 60.0, accept_partial=True)
    performer = Performer("starter", "cpu", "int8", "these libraries")
    window = Window(3, np.zeros((80, 2000), np.float32), STRETCHES, SPEECH, "here")
    assignment = Assignment(request, performer, lambda _: None, 80)
    return Attempt(Piece(assignment, window), "en", sounds or {})


def answer(*starts: float, sure: float = -0.2, tokens: int = 20, text: str = "well") -> Answer:
    """A word from each of these times to the next."""
    words = tuple(Word(left, right, f" {text}{left}", 0.9) for left, right in pairwise(starts))
    return Answer(words, tokens, sure, 0.01)


WHOLE = tuple(float(each) for each in (1, 3, 5, 7, 9, 11, 13, 15, 17, 19))


def test_words_are_placed_in_the_recording() -> None:
    heard = attempt()
    heard.hear(answer(*WHOLE))
    passage = heard.passage()

    assert [word.start for word in passage.words][:4] == [101.0, 103.0, 105.0, 107.0]
    assert [word.start for word in passage.words][-4:] == [131.0, 133.0, 135.0, 137.0]
    assert (passage.index, passage.start, passage.end) == (3, 100.0, 140.0)
    assert (passage.speech, passage.doubts, passage.tries) == (16.0, (), 1)


def test_what_was_not_heard_is_placed_in_the_recording() -> None:
    heard = attempt()
    heard.hear(answer(*WHOLE[:5]))

    assert heard.passage().doubts == (Doubt.UNHEARD,)
    assert heard.passage().unheard == (Stretch(131.0, 139.0),)


@pytest.mark.parametrize("last", [answer(1, 3), answer(*WHOLE, tokens=222)])
def test_a_worse_answer_does_not_replace_a_better_one(last: Answer) -> None:
    heard = attempt()
    heard.hear(answer(*WHOLE, text="best"))
    heard.hear(last)

    assert heard.passage().words[0].text.startswith(" best")
    assert (heard.passage().tries, heard.doubtful) == (2, False)


def test_a_better_answer_replaces_a_worse_one() -> None:
    heard = attempt()
    heard.hear(answer(*WHOLE, sure=-2.0))
    assert heard.doubtful

    heard.hear(answer(*WHOLE, text="best"))

    assert heard.passage().words[0].text.startswith(" best")
    assert not heard.unsure


def test_a_window_sounds_like_its_likeliest_language() -> None:
    heard, given = attempt({"en": 0.2, "es": 0.8}), attempt()
    heard.hear(answer(*WHOLE))
    given.hear(answer(*WHOLE))

    assert (heard.passage().sounds_like, heard.passage().sounds_like_probability) == ("es", 0.8)
    assert (given.passage().sounds_like, given.passage().sounds_like_probability) == ("en", 1.0)


def test_probabilities_are_told_without_their_last_bits() -> None:
    heard = attempt({"en": 0.9876543})
    words = (Word(1.0, 2.0, " well", 0.54305873),)
    heard.hear(Answer(words, 20, -0.123456, 0.0123456))
    passage = heard.passage()

    assert [word.probability for word in passage.words] == [0.5431]
    assert passage.average_log_probability == -0.1235
    assert passage.no_speech_probability == 0.0123
    assert passage.sounds_like_probability == 0.9877


def test_two_halves_are_one_answer() -> None:
    left, right = answer(1, 2, tokens=9, sure=-0.1), answer(0, 1, 2, tokens=29, sure=-0.5)
    whole = joined(left, right, 10.0)

    assert [(word.start, word.end) for word in whole.words] == [(1, 2), (10, 11), (11, 12)]
    assert whole.average_log_probability == pytest.approx(-0.4)
    assert whole.tokens == 29
