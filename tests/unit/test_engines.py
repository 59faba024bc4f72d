"""When other engines have to be built, and when a reload leaves them at work."""

from typing import Any

import pytest

from transcribid import engines
from transcribid.config import Config

USUAL = engines.shape(Config())


@pytest.mark.parametrize(
    "changed",
    [
        {"engine": {"model": "small"}},
        {"diarization": {"model": "other/pipeline"}},
        {"diarization": {"timeout": "5m"}},
    ],
)
def test_what_they_are_made_of_makes_others(changed: dict[str, Any]) -> None:
    assert engines.shape(Config.model_validate(changed)) != USUAL


@pytest.mark.parametrize(
    "changed",
    [
        {"diarization": {"enabled": True, "max_speakers": 3}},
        {"transcription": {"language": "en"}},
        {"outputs": {"formats": ["vtt"]}},
    ],
)
def test_what_requests_carry_leaves_them_alone(changed: dict[str, Any]) -> None:
    assert engines.shape(Config.model_validate(changed)) == USUAL
