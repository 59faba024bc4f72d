"""Names of models, as people type them and as faster-whisper knows them."""

import pytest
from faster_whisper import utils

from transcribid.models import UnknownModel
from transcribid.models.names import REPOSITORIES, is_path, parse_name


def test_the_names_are_those_of_faster_whisper() -> None:
    assert dict(REPOSITORIES) == utils._MODELS  # pyright: ignore[reportPrivateUsage]


def test_two_names_of_a_repository_and_itself_are_one_model() -> None:
    repository = "mobiuslabsgmbh/faster-whisper-large-v3-turbo"

    assert parse_name("turbo") == parse_name("large-v3-turbo") == parse_name(repository)
    assert parse_name("turbo").name == "large-v3-turbo"


def test_the_short_name_of_a_pipeline_is_its_repository() -> None:
    repository = "pyannote/speaker-diarization-community-1"

    assert parse_name("community-1") == parse_name(repository)
    assert parse_name(repository).name == repository


def test_any_repository_can_be_named() -> None:
    assert parse_name("someone/whisper-catalan.ct2").repository == "someone/whisper-catalan.ct2"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("smal", "small"), ("large-v3-trubo", "large-v3-turbo"), ("Medium", "medium")],
)
def test_a_misspelled_name_is_answered_with_the_nearest(typed: str, meant: str) -> None:
    with pytest.raises(UnknownModel, match=f"did you mean '{meant}'"):
        parse_name(typed)


@pytest.mark.parametrize(
    "text", ["", "..", "a/../b", "a/b/c", "a--b/c", "a/b\n", "-x/y", "/a/b"]
)
def test_what_could_lead_out_of_the_store_is_no_name(text: str) -> None:
    with pytest.raises(UnknownModel):
        parse_name(text)


@pytest.mark.parametrize("text", ["/srv/model", "./model", "~/model", "."])
def test_a_path_is_known_by_its_beginning(text: str) -> None:
    assert is_path(text)
    assert not is_path("someone/model")
