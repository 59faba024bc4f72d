"""Whether a verdict can be believed, and the language that was found out."""

from collections.abc import Sequence

import pytest

from real.figures import Score, flagged
from real.programs import Languages, Program, Setup
from real.results import Results
from real.selection import ALONE, UNTUNED

pytestmark = pytest.mark.real

AUTO = Setup(languages=Languages.AUTO)
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
    assert flagged(right) <= 0.1 * len(right) + 1  # they are few


def test_languages_are_found_as_often_as_by_faster_whisper(results: Results) -> None:
    """Over all sets, and in none of them is more than one recording behind."""
    ours = [results.ours(name, AUTO).languages_right for name in ALONE]
    theirs = [results.of(name, AUTO, Program.DEFAULTS).languages_right for name in ALONE]

    assert sum(ours) >= sum(theirs)
    assert all(one >= other - 1 for one, other in zip(ours, theirs, strict=True))
