from collections.abc import Callable

import pytest

from transcribid.config import Config

Load = Callable[..., Config]
Report = Callable[..., list[str]]


def test_the_well_known_names_are_understood(loaded: Load):
    environment = {
        "WHISPER_MODEL": "small",
        "WHISPER_LANGUAGE": "no",
        "WHISPER_DEVICE": "cpu",
        "WHISPER_COMPUTE_TYPE": "int8",
        "SERVICE_PORT": "8080",
    }

    config = loaded("", environment)

    engine = config.engine
    assert (engine.model, engine.device, engine.compute_type) == ("small", "cpu", "int8")
    assert config.transcription.language == "no"
    assert config.web.port == 8080


@pytest.mark.parametrize(
    ("name", "text", "key", "expected"),
    [
        ("TRANSCRIBID_AFTER_SUCCESS", "keep", ("after_success",), "keep"),
        ("transcribid_engine__beam_size", "7", ("engine", "beam_size"), 7),
        ("TRANSCRIBID_OUTPUTS__FORMATS", "txt, srt", ("outputs", "formats"), ("txt", "srt")),
        ("TRANSCRIBID_WATCH__QUIET", "2m", ("watch", "quiet"), 120),
        ("TRANSCRIBID_TRANSCRIPTION__VAD", "false", ("transcription", "vad"), False),
        ("TRANSCRIBID_TRANSCRIPTION__HOTWORDS", "2024", ("transcription", "hotwords"), "2024"),
        ("TRANSCRIBID_WEB__PORT", "null", ("web", "port"), None),
    ],
)
def test_every_key_has_a_name(
    loaded: Load, name: str, text: str, key: tuple[str, ...], expected: object
):
    value: object = loaded("", {name: text})
    for part in key:
        value = getattr(value, part)

    assert value == expected


def test_our_own_name_beats_the_alias(loaded: Load):
    environment = {"TRANSCRIBID_ENGINE__MODEL": "ours", "WHISPER_MODEL": "theirs"}

    assert loaded("", environment).engine.model == "ours"


def test_an_empty_variable_is_not_set(loaded: Load):
    assert loaded("", {"WHISPER_MODEL": "", "TRANSCRIBID_WEB__PORT": ""}) == loaded()


def test_the_path_of_the_file_and_other_peoples_names_are_left_alone(loaded: Load):
    assert loaded("", {"TRANSCRIBID_CONFIG": "x", "WHISPER_HOME": "y", "HOME": "z"}) == loaded()


def test_a_bad_value_is_blamed_on_its_variable(report: Report):
    assert report("", {"SERVICE_PORT": "http"}) == [
        "environment SERVICE_PORT: web.port: expected a whole number, found 'http'"
    ]
