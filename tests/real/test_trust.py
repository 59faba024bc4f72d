"""Whether a verdict can be believed, and the language that was found out."""

from collections.abc import Sequence

import pytest

from real.figures import Score, flagged
from real.programs import Languages, Program, Setup
from real.results import Results
from real.selection import ALONE, UNTUNED

pytestmark = pytest.mark.real

AUTO = Setup(languages=Languages.AUTO)
_CHANCE = 1  # recording of forty to a hundred, that one more bit of a processor may turn
_CHECKED = tuple(name for name in ALONE if name in UNTUNED)


@pytest.fixture
def scores(results: Results) -> Sequence[Score]:
    """Of all recordings that no threshold was tuned on."""
    if not _CHECKED:
        pytest.skip("the short form has no recordings that no threshold was tuned on")
    return [score for name in _CHECKED for score in results.ours(name, AUTO).scores]


def test_most_bad_transcripts_are_not_called_good(scores: Sequence[Score]) -> None:
    bad = [score for score in scores if score.bad]

    assert bad
    assert flagged(bad) >= 0.8 * len(bad)


def test_few_right_transcripts_are_doubted(scores: Sequence[Score]) -> None:
    right = [score for score in scores if score.right]

    assert right
    assert flagged(right) <= 0.1 * len(right)


def test_languages_are_found_as_often_as_by_faster_whisper(results: Results) -> None:
    ours = sum(results.ours(name, AUTO).languages_right for name in ALONE)
    theirs = sum(results.of(name, AUTO, Program.DEFAULTS).languages_right for name in ALONE)

    assert ours >= theirs


@pytest.mark.parametrize("name", ALONE)
def test_in_no_set_are_languages_found_less_often_but_by_chance(
    results: Results, name: str
) -> None:
    ours, theirs = results.ours(name, AUTO), results.of(name, AUTO, Program.DEFAULTS)

    assert ours.languages_right >= theirs.languages_right - _CHANCE
