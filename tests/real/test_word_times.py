"""Where words lie, in recordings that are joined from prompts."""

import pytest

from real.programs import Setup
from real.results import Results
from real.selection import JOINED

pytestmark = pytest.mark.real

BASE = Setup()


@pytest.mark.parametrize("name", JOINED)
def test_no_more_words_start_astray_than_with_faster_whisper(
    results: Results, name: str
) -> None:
    assert results.ours(name, BASE).astray <= results.best(name, BASE).astray


@pytest.mark.parametrize("name", JOINED)
def test_no_word_lies_in_the_silence_between_prompts(results: Results, name: str) -> None:
    assert results.ours(name, BASE).in_silence == 0
