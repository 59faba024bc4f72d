import os
from collections.abc import Callable
from pathlib import Path

import pytest

from transcribid.config import Config, ConfigError
from transcribid.config.per_file import effective, general
from transcribid.domain.options import Diarization, Options, Task

Load = Callable[..., Config]

NAME = "interviews/may/talk.mp3"


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "inbox"
    (folder / NAME).parent.mkdir(parents=True)
    return folder


def test_without_overrides_the_options_are_the_defaults(loaded: Load):
    assert effective(loaded(), NAME).options == general(loaded()) == Options()


def test_the_nearest_setting_wins_and_each_option_knows_its_line(loaded: Load, inbox: Path):
    config = loaded("""\
engine: {model: large-v3, beam_size: 3}
transcription: {language: en, vad: false}
rules:
  - match: interviews/**
    language: fr
    hotwords: Ana
    diarization: {enabled: true, max_speakers: 4}
  - match: "**/talk.*"
    language: de
    task: translate
    vad_min_silence: 2s
  - match: lectures/**
    language: it
""")
    (inbox / ".transcribid.yaml").write_text("formats: [vtt]\nlanguage: pt\n")
    (inbox / "interviews/.transcribid.yaml").write_text("# ours\nlanguage: ca\n")
    (inbox / "interviews/may/.transcribid.yaml").write_text(
        "task: transcribe\ndiarization:\n  max_speakers: 2\n"
    )
    (inbox / "interviews/may/talk.mp3.yaml").write_text("initial_prompt: Hola.\nlanguage: es\n")

    found = effective(config, NAME)

    assert found.options == Options(
        language="es",
        task=Task.TRANSCRIBE,
        vad=False,
        vad_min_silence=2.0,
        initial_prompt="Hola.",
        hotwords="Ana",
        beam_size=3,
        formats=("vtt", "json"),
        diarization=Diarization(enabled=True, max_speakers=2),
    )
    file = inbox.parent / "transcribid.yaml"
    assert found.origins == {
        "language": f"{inbox}/interviews/may/talk.mp3.yaml:2",
        "languages": "default",
        "track": "default",
        "task": f"{inbox}/interviews/may/.transcribid.yaml:1",
        "profile": "default",
        "multilingual": "default",
        "vad": f"{file}:2",
        "vad_threshold": "default",
        "vad_min_speech": "default",
        "vad_min_silence": f"{file}:11",
        "vad_speech_pad": "default",
        "word_timestamps": "default",
        "initial_prompt": f"{inbox}/interviews/may/talk.mp3.yaml:1",
        "hotwords": f"{file}:6",
        "beam_size": f"{file}:1",
        "formats": f"{inbox}/.transcribid.yaml:1",
        "diarization.enabled": f"{file}:7",
        "diarization.num_speakers": "default",
        "diarization.min_speakers": "default",
        "diarization.max_speakers": f"{inbox}/interviews/may/.transcribid.yaml:3",
    }


@pytest.mark.parametrize(
    ("general", "nearer", "told"),
    [
        ("num_speakers: 2", "min_speakers: 3, max_speakers: 5", (None, 3, 5)),
        ("min_speakers: 3, max_speakers: 5", "num_speakers: 2", (2, None, None)),
        ("max_speakers: 3", "min_speakers: 5", (None, 5, None)),
        ("min_speakers: 5", "max_speakers: 3", (None, None, 3)),
        ("max_speakers: 6", "min_speakers: 2", (None, 2, 6)),
        ("num_speakers: 2", "enabled: true", (2, None, None)),
        ("num_speakers: 2", "num_speakers: null", (None, None, None)),
    ],
)
def test_the_nearer_number_of_speakers_replaces_what_contradicts_it(
    loaded: Load, general: str, nearer: str, told: tuple[int | None, ...]
):
    config = loaded(
        f"diarization: {{{general}}}\nrules: [{{match: '**', diarization: {{{nearer}}}}}]\n"
    )

    found = effective(config, NAME).options.diarization

    assert (found.num_speakers, found.min_speakers, found.max_speakers) == told


def test_an_override_may_take_back_what_was_set_before(loaded: Load):
    config = loaded("""\
transcription: {language: en, hotwords: Ana}
rules: [{match: "**", language: auto, hotwords: null}]
""")

    options = effective(config, NAME).options

    assert (options.language, options.hotwords) == (None, None)


@pytest.mark.parametrize(
    ("asked", "given"), [("[srt]", ("srt", "json")), ("[json, txt]", ("json", "txt"))]
)
def test_json_is_always_written(loaded: Load, asked: str, given: tuple[str, ...]):
    assert effective(loaded(f"outputs: {{formats: {asked}}}"), NAME).options.formats == given


def test_all_that_is_wrong_in_the_small_files_comes_in_one_report(loaded: Load, inbox: Path):
    (inbox / ".transcribid.yaml").write_text("language: spanish\nmatch: '*'\n")
    (inbox / f"{NAME}.yaml").write_text("vad: true\ntask: translate\n")

    with pytest.raises(ConfigError) as caught:
        effective(loaded(), NAME)

    assert str(caught.value).replace(f"{inbox}/", "").splitlines() == [
        ".transcribid.yaml:1: language: unknown language 'spanish', expected auto or a code "
        "such as en or es; did you mean 'es'?",
        ".transcribid.yaml:2: match: unknown key, expected one of language, languages, track, "
        "task, profile, "
        "multilingual, vad, vad_threshold, vad_min_speech, vad_min_silence, vad_speech_pad, "
        "word_timestamps, initial_prompt, hotwords, formats, diarization",
        f"{NAME}.yaml:2: task: model 'large-v3-turbo' cannot translate; use large-v3, or "
        "transcribe",
    ]


def test_a_folder_is_no_file_of_options(loaded: Load, inbox: Path):
    (inbox / "folder.mp3.yaml").mkdir()
    (inbox / ".transcribid.yaml").mkdir()

    assert effective(loaded(), "folder.mp3").options == Options()


def test_only_a_regular_file_is_read(loaded: Load, inbox: Path, tmp_path: Path):
    secret = tmp_path / "secret.yaml"
    secret.write_text("language: es")
    (inbox / "link.mp3.yaml").symlink_to(secret)
    os.mkfifo(inbox / "pipe.mp3.yaml")

    for name, reason in {"link": "a link", "pipe": "not a regular"}.items():
        with pytest.raises(
            ConfigError, match=f"{name}.mp3.yaml: cannot be read: it is {reason}"
        ):
            effective(loaded(), f"{name}.mp3")
