"""How many words are right, against the best of faster-whisper's three ways."""

import pytest

from real.figures import pool
from real.programs import THEIRS, Setup
from real.results import Results
from real.selection import ACTED, NOISE, SHORT, SONNET, SPOKEN, SUMMED, TINY_ENGLISH
from real.weights import Model

pytestmark = pytest.mark.real

BASE = Setup()
_LOTTERY = 0.02  # other borders of windows move a single set by so much, in any program
_SHARE = _LOTTERY if SHORT else 0.003  # of all words; the few of the short form are one set


@pytest.mark.parametrize("name", SPOKEN)
def test_no_more_words_are_wrong_than_with_faster_whisper(results: Results, name: str) -> None:
    ours, best = results.ours(name, BASE), results.best(name, BASE)

    assert ours.wrong <= best.wrong + max(2, _LOTTERY * ours.said)


def test_all_in_all_no_more_words_are_wrong_than_in_any_way_of_faster_whisper(
    results: Results,
) -> None:
    ours = pool([results.ours(name, BASE) for name in SUMMED])
    theirs = [pool([results.of(name, BASE, way) for name in SUMMED]) for way in THEIRS]

    assert ours.wrong <= min(each.wrong for each in theirs) + _SHARE * ours.said


@pytest.mark.parametrize("name", SPOKEN)
def test_no_more_words_are_missing_than_with_faster_whisper(
    results: Results, name: str
) -> None:
    ours, best = results.ours(name, BASE), results.best(name, BASE)

    assert ours.missing <= best.missing + max(2, 0.5 * _LOTTERY * ours.said)


def test_a_sonnet_is_heard_to_its_end(results: Results) -> None:
    sonnet = results.ours(SONNET, BASE)

    assert sonnet.wrong <= 0.1 * sonnet.said
    assert sonnet.missing == 0


def test_no_word_is_heard_in_noise(results: Results) -> None:
    noise = results.ours(NOISE, BASE)

    assert [score.recording.path.name for score in noise.scores if score.heard.text] == []


@pytest.mark.parametrize("name", ACTED)
def test_acted_voices_are_answered_whatever_they_say(results: Results, name: str) -> None:
    ours, theirs = results.ours(name, BASE), results.best(name, BASE)

    assert ours.said - ours.missing >= 0.9 * (theirs.said - theirs.missing)


@pytest.mark.parametrize("name", TINY_ENGLISH)
def test_a_smaller_model_is_used_as_well_as_by_faster_whisper(
    results: Results, name: str
) -> None:
    setup = Setup(Model.TINY_EN)
    ours, best = results.ours(name, setup), results.best(name, setup)

    assert ours.wrong <= best.wrong + max(2, _LOTTERY * ours.said)
