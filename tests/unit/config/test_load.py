from collections.abc import Callable
from pathlib import Path

import pytest

from transcribid.config import Config, ConfigError, find, load

Load = Callable[..., Config]


def test_the_command_line_beats_the_environment_that_beats_the_file(loaded: Load):
    text = "engine:\n  model: file\n  device: cpu\n  beam_size: 2\n"
    environment = {"TRANSCRIBID_ENGINE__MODEL": "environment", "WHISPER_DEVICE": "cuda"}
    overrides = {("engine", "model"): "command"}

    engine = loaded(text, environment, overrides).engine

    assert (engine.model, engine.device, engine.beam_size) == ("command", "cuda", 2)
    assert engine.compute_type == "auto"


def test_every_key_knows_where_it_was_set(loaded: Load, tmp_path: Path):
    text = "engine:\n  device: cpu\nrules:\n- match: '*'\n  vad: false\n"
    environment = {"WHISPER_LANGUAGE": "es"}
    overrides = {("engine", "beam_size"): 1}

    config = loaded(text, environment, overrides)

    assert str(config.origin("engine", "device")) == f"{tmp_path}/transcribid.yaml:2"
    assert str(config.origin("rules", 0, "vad")) == f"{tmp_path}/transcribid.yaml:5"
    assert str(config.origin("transcription", "language")) == "environment WHISPER_LANGUAGE"
    assert str(config.origin("engine", "beam_size")) == "command line --beam-size"
    assert str(config.origin("engine", "model")) == "default"


def test_where_a_key_was_set_does_not_make_another_configuration(loaded: Load):
    assert loaded("web: {port: 80}") == loaded("\n\n", {"SERVICE_PORT": "80"})


def test_folders_are_relative_to_the_file(loaded: Load, tmp_path: Path):
    folders = loaded("folders: {outbox: /srv/outbox, archive: ../done}").folders

    assert folders.inbox == tmp_path / "inbox"
    assert folders.outbox == Path("/srv/outbox")
    assert folders.archive == tmp_path / "../done"


def test_without_a_file_folders_are_relative_to_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)

    assert load(None, environment={}).folders.inbox == tmp_path / "inbox"


def test_a_section_whose_keys_are_all_commented_out_keeps_its_defaults(loaded: Load):
    text = "engine:\n  # device: cpu\nrules:\nwatch:\n  ignore:\n"

    assert loaded(text) == loaded()


def test_a_folder_in_place_of_the_file_is_named(tmp_path: Path):
    with pytest.raises(ConfigError, match=f"^{tmp_path}: cannot be read: it is a folder$"):
        load(tmp_path, environment={})


def test_the_file_that_is_named_beats_the_one_that_lies_about(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    first, second = tmp_path / "first.yaml", tmp_path / "second.yaml"
    for path in (first, second, tmp_path / "transcribid.yaml"):
        path.touch()
    monkeypatch.chdir(tmp_path)

    assert find(first, {"TRANSCRIBID_CONFIG": str(second)}) == first
    assert find(None, {"TRANSCRIBID_CONFIG": str(second)}) == second
    assert find(None, {}) == Path("transcribid.yaml")


def test_a_named_file_that_is_missing_is_an_error_with_its_remedy():
    remedy = (
        "missing.yaml does not exist; correct the path, or leave it out to use the defaults"
    )

    with pytest.raises(ConfigError, match=f"^command line --config: {remedy}$"):
        find(Path("missing.yaml"), {})
    with pytest.raises(ConfigError, match=f"^environment TRANSCRIBID_CONFIG: {remedy}$"):
        find(None, {"TRANSCRIBID_CONFIG": "missing.yaml"})
