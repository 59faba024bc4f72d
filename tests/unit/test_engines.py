"""When another diarizer has to be built, and when a reload leaves it at work."""

from typing import Any

import pytest

from transcribid.config import Config
from transcribid.workers import build

USUAL = build.diarizer_shape(Config())


@pytest.mark.parametrize(
    "changed", [{"model": "other/pipeline"}, {"timeout": "5m"}, {"device": "cpu"}]
)
def test_what_it_is_made_of_makes_another(changed: dict[str, Any]) -> None:
    assert build.diarizer_shape(Config.model_validate({"diarization": changed})) != USUAL


@pytest.mark.parametrize(
    "changed",
    [
        {"diarization": {"enabled": True, "max_speakers": 3}},
        {"engine": {"model": "small"}},
        {"transcription": {"language": "en"}},
    ],
)
def test_what_requests_carry_leaves_it_alone(changed: dict[str, Any]) -> None:
    assert build.diarizer_shape(Config.model_validate(changed)) == USUAL
