from collections.abc import Callable
from pathlib import Path

import pytest

Report = Callable[..., list[str]]


def test_all_that_is_wrong_comes_in_one_report(report: Report):
    text = """\
engine:
  devise: cuda
  device: coda
folders:
  archive: outbox/old
outputs: {formats: [txt, svt]}
transcription: {vad: yes, task: translate, vad: no}
rules:
  - language: spanish
"""
    environment = {"WHISPER_LANGUAGE": "xx", "TRANSCRIBID_ENGINE__DEVISE": "x"}
    overrides = {("engine", "beam_size"): 0}

    problems = report(text, environment, overrides)

    unknown = "expected auto or a code such as en or es"
    assert [problem.split(" (folders.")[0] for problem in problems] == [
        "transcribid.yaml:2: engine.devise: unknown key, did you mean 'device'?",
        "transcribid.yaml:3: engine.device: unknown device 'coda', expected one of "
        "auto, cpu, cuda; did you mean 'cuda'?",
        "transcribid.yaml:6: outputs.formats[1]: unknown format 'svt', expected one of "
        "txt, srt, vtt, tsv, json; did you mean 'srt'?",
        "transcribid.yaml:7: transcription.vad: set twice, first on line 7",
        "transcribid.yaml:7: transcription.vad: expected true or false, found 'yes'",
        f"transcribid.yaml:9: rules[0].language: unknown language 'spanish', {unknown}; "
        "did you mean 'es'?",
        "transcribid.yaml:9: rules[0].match: is missing",
        "environment TRANSCRIBID_ENGINE__DEVISE: unknown name, did you mean "
        "'TRANSCRIBID_ENGINE__DEVICE'?",
        "environment WHISPER_LANGUAGE: transcription.language: unknown language 'xx', "
        f"{unknown}",
        "command line --beam-size: engine.beam_size: expected at least 1, found 0",
        "transcribid.yaml:5: folders.archive: outbox/old",
        "transcribid.yaml:7: transcription.task: model 'large-v3-turbo' cannot translate; "
        "use large-v3, or transcribe",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("language: es", "language: unknown key here, did you mean 'transcription.language'?"),
        ("logging: {x: y}", "logging.x: unknown key, expected one of format, level"),
        ("web: {host: nas}", "web.host: nas is reachable from other machines: set web.token or "
         "web.token_file"),
        ("engine: cuda", "engine: expected a mapping, found 'cuda'"),
        ("engine: {model: 5}", "engine.model: expected text, found 5"),
        ("diarization: {timeout: long}", "diarization.timeout: expected auto or a duration "
         "such as 500ms, 5s, 2m or 1h30m, found 'long'"),
        ("engine: {model: ''}", "engine.model: expected some text, found ''"),
        ("engine: {beam_size: true}", "engine.beam_size: expected a whole number, found true"),
        ("engine: {beam_size: many}", "engine.beam_size: expected auto or a whole number, "
         "found 'many'"),
        ("engine: {batch_size: null}", "engine.batch_size: expected auto or a whole number, "
         "found nothing"),
        ("engine: {batch_size: 257}", "engine.batch_size: expected at most 256, found 257"),
        ("transcription: {profile: quick}", "transcription.profile: unknown profile 'quick', "
         "expected one of quality, fast"),
        ("transcription: {vad_threshold: 1}", "transcription.vad_threshold: expected less "
         "than 1, found 1"),
        ("transcription: {vad_threshold: half}", "transcription.vad_threshold: expected a "
         "number, found 'half'"),
        ("transcription: {vad_min_silence: 10ms}", "transcription.vad_min_silence: expected at "
         "least 0.05, found 0.01"),
        ("outputs: {formats: txt}", "outputs.formats: expected a list, found 'txt'"),
        ("outputs: {formats: []}", "outputs.formats: expected at least one format, found []"),
        ("outputs: {formats: [srt, srt]}", "outputs.formats: 'srt' is listed twice"),
        ("outputs: {naming: a.b}", "outputs.naming: expected to contain {stem} and to end "
         "with .{format}, found 'a.b'"),
        ("outputs: {naming: '{x}.{format}'}", "outputs.naming: unknown placeholder {x}, "
         "expected one of {stem}, {lang}, {format}"),
        ("outputs: {naming: '{stem.{format}'}", "outputs.naming: unbalanced brace"),
        ("outputs: {naming: 'a/{stem}.{format}'}", "outputs.naming: expected a name without a "
         "slash, found 'a/{stem}.{format}'"),
        ("stop_grace: 5 minutes", "stop_grace: expected a duration such as 500ms, 5s, 2m or "
         "1h30m, found '5 minutes'"),
        ("watch: {rescan: 0}", "watch.rescan: expected more than 0, found 0"),
        ("limits: {max_size: much}", "limits.max_size: expected a size such as 500MB or 16GiB, "
         "found 'much'"),
        ("web: {port: 70000}", "web.port: expected at most 65535, found 70000"),
        ("folders: {inbox: 5}", "folders.inbox: expected a path, found 5"),
        ("rules: [{match: /x/**}]", "rules[0].match: expected a path below the inbox, such as "
         "interviews/** or *.mp3, found '/x/**'"),
        ("transcription: {language: es-MX}", "transcription.language: unknown language "
         "'es-MX', expected auto or a code such as en or es; did you mean 'es'?"),
    ],
)  # fmt: skip
def test_a_bad_value_is_told_what_was_expected(report: Report, text: str, expected: str):
    assert report(text) == [f"transcribid.yaml:1: {expected}"]


def test_a_problem_in_a_lower_layer_is_not_hidden_by_a_higher_one(report: Report):
    (problem,) = report("engine: {device: coda}", {"WHISPER_DEVICE": "cpu"})

    assert problem.startswith("transcribid.yaml:1: engine.device: unknown device 'coda'")


def test_what_depends_on_a_wrong_key_is_not_reported(report: Report):
    text = "engine: {model: 5}\ntranscription: {task: translate}\n"

    assert report(text) == ["transcribid.yaml:1: engine.model: expected text, found 5"]


def test_no_folder_may_lie_in_another(report: Report):
    assert report("folders:\n  inbox: media/in\n  outbox: media\n") == [
        "transcribid.yaml:2: folders.inbox: media/in (folders.inbox) is inside "
        "media (folders.outbox)"
    ]


def test_the_folder_that_was_set_is_blamed_not_the_default(report: Report):
    assert report("\nfolders: {outbox: inbox}") == [
        "transcribid.yaml:2: folders.outbox: inbox (folders.outbox) is the same folder as "
        "inbox (folders.inbox)"
    ]


def test_a_link_does_not_hide_that_two_folders_are_one(report: Report, tmp_path: Path):
    (tmp_path / "link").symlink_to("inbox")

    assert report("folders: {archive: link/old}") == [
        "transcribid.yaml:1: folders.archive: inbox/old (folders.archive) is inside "
        "inbox (folders.inbox)"
    ]


@pytest.mark.parametrize(
    "model", ["large-v3-turbo", "distil-large-v3", "small.en", "/models/Large-V3-Turbo"]
)
def test_a_model_that_cannot_translate_is_not_asked_to(report: Report, model: str):
    text = "transcription:\n  task: translate\nrules: [{match: '*', task: translate}]\n"

    first, second = report(text, {"WHISPER_MODEL": model})

    assert first.startswith(f"transcribid.yaml:2: transcription.task: model {model!r}")
    assert second.startswith(f"transcribid.yaml:3: rules[0].task: model {model!r}")


def test_an_english_model_is_not_asked_for_another_language(report: Report):
    rules = "rules:\n- {match: a, language: en}\n- {match: b, language: es, multilingual: true}"

    assert report(rules, {"WHISPER_MODEL": "base.en"}) == [
        f"transcribid.yaml:3: rules[1].{key}: model 'base.en' supports only English; "
        "use one without .en"
        for key in ("language", "multilingual")
    ]


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("names", "[nas:5000]", "or a port"),
        ("names", "['http://nas']", "without http://"),
        ("token", "short", "at least 8 characters"),
        ("token", "geheimes-ñ", "plain ASCII"),
    ],
)
def test_a_door_that_nobody_could_come_in_by_is_refused(
    report: Report, key: str, value: str, said: str
):
    (line,) = report(f"web: {{{key}: {value}}}")

    assert said in line
    assert key == "names" or value not in line  # no secret in a log
