"""Where words lie, in recordings that are joined from prompts."""

import pytest

from real.programs import THEIRS, Setup
from real.results import Results
from real.selection import JOINED

pytestmark = pytest.mark.real

BASE = Setup()
_FEW = 0.005  # of the words


@pytest.mark.parametrize("name", JOINED)
def test_no_more_words_start_astray_than_with_faster_whisper(
    results: Results, name: str
) -> None:
    ours = results.ours(name, BASE)
    most = max(results.of(name, BASE, way).astray for way in THEIRS)

    assert ours.astray <= max(most, _FEW * ours.said)


@pytest.mark.parametrize("name", JOINED)
def test_no_word_lies_in_the_silence_between_prompts(results: Results, name: str) -> None:
    assert results.ours(name, BASE).in_silence == 0
