"""How many words are right, against the best of faster-whisper's three ways."""

import pytest

from real.programs import THEIRS, Setup
from real.results import Results
from real.selection import ACTED, NOISE, SPOKEN, TINY_ENGLISH
from real.weights import Model

pytestmark = pytest.mark.real

BASE = Setup()
_FEW = 300  # words; a share of so few would be less than one
_SHARE = 0.003  # 0.3 percentage points


@pytest.mark.parametrize("name", SPOKEN)
def test_no_more_words_are_wrong_than_with_faster_whisper(results: Results, name: str) -> None:
    ours, best = results.ours(name, BASE), results.best(name, BASE)

    allowed = _SHARE * ours.said if ours.said > _FEW else 2
    assert ours.wrong <= best.wrong + allowed


@pytest.mark.parametrize("name", SPOKEN)
def test_no_more_words_are_missing_than_with_faster_whisper(
    results: Results, name: str
) -> None:
    ours, best = results.ours(name, BASE), results.best(name, BASE)

    assert ours.missing <= best.missing + _SHARE * ours.said


def test_a_sonnet_is_heard_to_its_end(results: Results) -> None:
    sonnet = results.ours("sonnet", BASE)

    assert sonnet.wrong <= 0.09 * sonnet.said


def test_no_word_is_heard_in_noise(results: Results) -> None:
    noise = results.ours(NOISE, BASE)

    assert [score.recording.path.name for score in noise.scores if score.heard.text] == []


@pytest.mark.parametrize("name", ACTED)
def test_acted_voices_are_answered_whatever_they_say(results: Results, name: str) -> None:
    ours, theirs = results.ours(name, BASE), results.best(name, BASE)

    assert len(ours.scores) == len(theirs.scores)


@pytest.mark.parametrize("name", TINY_ENGLISH)
def test_a_smaller_model_answers_too(results: Results, name: str) -> None:
    setup = Setup(Model.TINY_EN)

    ours = results.ours(name, setup)
    theirs = [results.of(name, setup, program) for program in THEIRS]

    assert {len(figures.scores) for figures in theirs} == {len(ours.scores)}
