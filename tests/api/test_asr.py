"""Bazarr and other programs that speak to whisper-asr-webservice."""

import json
import wave

import httpx
import pytest

from api.serving import Serve, Served
from support.clips import SAID, clip
from transcribid import starter

SPOKEN = {"en": "english", "es": "spanish"}


def samples(name: str = "en-short.wav") -> bytes:
    with wave.open(str(starter.RECORDINGS / name)) as recording:
        return recording.readframes(recording.getnframes())


def post(http: httpx.Client, path: str, content: bytes, **overrides: object) -> httpx.Response:
    """As Bazarr does: the file is called what its field is, and has no type."""
    files = {"audio_file": ("audio_file", content)}
    return http.post(path, params={k: str(v) for k, v in overrides.items()}, files=files)


def uploads(daemon: Served) -> list[str]:
    folder = daemon.house.inbox / "uploads"
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


def test_bazarr_s_samples_become_subtitles(http: httpx.Client) -> None:
    answer = post(
        http, "/asr", samples(), task="transcribe", language="en", output="srt", encode="false"
    )

    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.text.startswith("1\n00:00:0")
    said = [line for line in answer.text.splitlines() if line[:1].isalpha()]
    assert " ".join(said) == SAID.strip()


def test_bazarr_s_samples_tell_their_language(http: httpx.Client) -> None:
    told = post(http, "/detect-language", samples(), encode="false").json()

    assert (told["detected_language"], told["language_code"]) == ("english", "en")
    assert told["confidence"] > 0.5


@pytest.mark.parametrize("name", ["en-short.wav", "es-short.m4a"])
def test_a_file_tells_its_language_by_its_own_header(http: httpx.Client, name: str) -> None:
    content = (starter.RECORDINGS / name).read_bytes()
    code = name.partition("-")[0]

    told = post(http, "/detect-language", content).json()
    assert (told["detected_language"], told["language_code"]) == (SPOKEN[code], code)


def test_where_nobody_speaks_there_is_no_language(http: httpx.Client) -> None:
    told = post(http, "/detect-language", bytes(64_000), encode="false").json()

    assert told == {
        "detected_language": "undetermined", "language_code": "und", "confidence": 0.0
    }  # fmt: skip


@pytest.mark.parametrize(("output", "empty"), [("txt", ""), ("srt", ""), ("vtt", "WEBVTT\n")])
def test_where_nobody_speaks_the_answer_is_empty(
    daemon: Served, http: httpx.Client, output: str, empty: str
) -> None:
    before = set((daemon.house.outbox / "uploads").glob("*"))
    answer = post(http, "/asr", bytes(64_000), encode="false", output=output)

    assert (answer.status_code, answer.text) == (200, empty)
    written = set((daemon.house.outbox / "uploads").glob("*")) - before
    assert {path.suffix for path in written} == {".txt", ".json"} & {f".{output}", ".json"}


@pytest.mark.parametrize("output", ["", "txt", "srt", "vtt", "tsv", "json"])
def test_each_output_is_what_its_name_says(http: httpx.Client, output: str) -> None:
    answer = post(http, "/asr", clip(), **({"output": output} if output else {}))

    assert answer.status_code == 200, answer.text
    match output:
        case "" | "txt":
            assert answer.text.strip() == SAID.strip()
        case "srt":
            assert answer.text.startswith("1\n")
        case "vtt":
            assert answer.text.startswith("WEBVTT")
        case "tsv":
            assert answer.text.startswith("start\tend\ttext\n")
        case _:
            told = answer.json()
            assert (told["text"].strip(), told["language"]) == (SAID.strip(), "en")


def test_requested_options_are_applied(http: httpx.Client) -> None:
    overrides = {
        "vad_filter": "false",
        "word_timestamps": "false",
        "initial_prompt": "Forty six",
    }
    told = post(http, "/asr", clip(), output="json", task="translate", **overrides).json()

    kept = ("task", "vad", "word_timestamps", "initial_prompt")
    assert [told["options"][key] for key in kept] == ["translate", False, False, "Forty six"]


def test_words_have_times_unless_somebody_wants_none(http: httpx.Client) -> None:
    for given, words in (("true", True), ("false", False)):
        told = post(http, "/asr", clip(), output="json", word_timestamps=given).json()
        assert bool(told["segments"][0]["words"]) is words


@pytest.mark.parametrize(
    ("path", "content", "overrides"),
    [
        ("/asr", b"RIFFxxxxWAVE", {"encode": "false"}),
        ("/asr", b"", {"encode": "false"}),
        ("/asr", clip(), {"output": "pdf"}),
        ("/asr", clip(), {"language": "klingon"}),
        ("/asr", clip(), {"task": "sing"}),
        ("/asr", clip(), {"encode": "perhaps"}),
        ("/detect-language", clip(), {"encode": "false"}),
    ],
)
def test_what_cannot_be_met_is_refused_and_leaves_nothing(
    daemon: Served, http: httpx.Client, path: str, content: bytes, overrides: dict[str, str]
) -> None:
    before = uploads(daemon)
    answer = post(http, path, content, **overrides)

    assert answer.status_code == 422, answer.text
    assert len(json.dumps(answer.json()["detail"])) > 10
    assert uploads(daemon) == before


@pytest.mark.parametrize("path", ["/asr", "/detect-language"])
def test_what_is_no_recording_says_why(http: httpx.Client, path: str) -> None:
    answer = post(http, path, b"no sound " * 99)

    assert answer.status_code == 422
    assert "not a recording" in answer.json()["detail"]


@pytest.mark.parametrize("path", ["/asr", "/detect-language"])
def test_a_form_without_a_file_is_refused(http: httpx.Client, path: str) -> None:
    assert http.post(path, data={"audio_file": "none"}).status_code == 415
    assert http.post(path, files={"audio_file": (None, b"field")}).status_code == 422


def test_of_samples_only_the_first_minutes_tell_the_language(serve: Serve) -> None:
    it = serve(web={"max_upload": "64MiB"}).begin()
    with it.client() as http:
        spoken = samples()
        answer = post(http, "/detect-language", spoken * 100, encode="false")

        assert answer.json()["language_code"] == "en"
    (document,) = (it.house.outbox / "uploads").glob("*.json")
    assert json.loads(document.read_bytes())["duration"] == 300.0
    assert it.house.stop() == 0
