"""What a person types first: curl, and a recording that lies in the inbox."""

import json
import os
import subprocess
from pathlib import Path

import httpx
import pytest

from api.serving import PATIENCE, Served
from support.clips import SAID, clip
from support.daemon import wait_until


def curl(*words: str) -> dict[str, object]:
    done = subprocess.run(
        ["curl", "--silent", "--show-error", *words],
        capture_output=True,
        check=True,
        timeout=60,
    )
    return json.loads(done.stdout)


def test_curl_is_told_the_status_with_its_device(daemon: Served) -> None:
    told = curl(f"{daemon.base}/status")

    assert told["device"] == "cpu"
    assert told["gpu"] is None


def test_curl_has_a_recording_of_the_inbox_transcribed(daemon: Served) -> None:
    path = daemon.house.drop("test.wav", clip())
    body = json.dumps({"audio_path": str(path), "with_diarization": False})

    told = curl(
        "-X", "POST", f"{daemon.base}/transcribe", "-H", "Content-Type: application/json",
        "-d", body,
    )  # fmt: skip
    assert told["text"] == SAID.strip()
    assert told["job"]


def test_a_path_may_be_relative_to_the_inbox(daemon: Served, http: httpx.Client) -> None:
    daemon.house.drop("deep/er/talk.wav", clip())

    answer = http.post("/transcribe", json={"audio_path": "deep/er/talk.wav"})
    assert answer.json()["text"] == SAID.strip()


def test_what_is_finished_is_transcribed_anew_when_it_is_asked_for(
    daemon: Served, http: httpx.Client
) -> None:
    for _ in range(2):
        daemon.house.drop("again.wav", clip())
        assert http.post("/transcribe", json={"audio_path": "again.wav"}).status_code == 200


@pytest.fixture
def odd(daemon: Served, tmp_path: Path) -> dict[str, str]:
    """Names of what is no recording of the inbox."""
    inbox, elsewhere = daemon.house.inbox, tmp_path / "elsewhere.wav"
    elsewhere.write_bytes(clip())
    link, folder, pipe = inbox / "link.wav", inbox / "folder.wav", inbox / "pipe.wav"
    linked = inbox / "linked"
    if not link.is_symlink():
        link.symlink_to(elsewhere)
        linked.symlink_to(tmp_path)
        folder.mkdir()
        os.mkfifo(pipe)
    return {
        "missing": "missing.wav",
        "parent": "../transcribid.yaml",
        "parent in between": "folder.wav/../../transcribid.yaml",
        "absolute elsewhere": str(elsewhere),
        "absolute parent": f"{inbox}/../transcribid.yaml",
        "link": "link.wav",
        "below a link": "linked/elsewhere.wav",
        "folder": "folder.wav",
        "the inbox": str(inbox),
        "nothing": "",
        "dot": ".",
        "pipe": "pipe.wav",
        "zero byte": "a\0b.wav",
        "half a character": "a\ud800.wav",
        "too long": "x" * 300,
        "far too deep": "x/" * 3000,
        "address": "http://127.0.0.1/x.wav",
        "device": "/dev/zero",
    }


def test_what_is_no_recording_of_the_inbox_is_refused_with_a_sentence(
    daemon: Served, http: httpx.Client, odd: dict[str, str]
) -> None:
    for what, path in odd.items():
        body = json.dumps({"audio_path": path}).encode()
        answer = http.post(
            "/transcribe", content=body, headers={"Content-Type": "application/json"}
        )

        assert answer.status_code in (403, 404, 422), (what, answer.text)
        assert len(str(answer.json()["detail"])) > 10, what
        assert "transcribid.yaml" not in answer.text, what
    assert daemon.house.lives()


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b'{"audio_path": 5}', b"\xff\xfe", b'{"a\\ud800": 1}', b"[" * 60_000],
)
def test_invalid_options_are_refused(http: httpx.Client, body: bytes) -> None:
    answer = http.post(
        "/transcribe", content=body, headers={"Content-Type": "application/json"}
    )

    assert answer.status_code in (400, 422), answer.text
    assert answer.json()["detail"]


def test_invalid_options_are_reported_in_sentences(http: httpx.Client) -> None:
    body = {"audio_path": "x.wav", "language": 5, "num_speakers": "many"}
    told = http.post("/transcribe", json=body).json()["detail"]
    untyped = http.post("/transcribe", content=b'{"audio_path": "x.wav"}')
    openai = http.post("/v1/audio/transcriptions", files={"file": (None, b"x")}).json()

    assert told.startswith("language: Input should be a valid string; num_speakers: ")
    assert untyped.status_code == 422
    assert untyped.json()["detail"] == "Send Content-Type: application/json"
    assert openai["error"]["message"] == openai["detail"]


def test_a_recording_that_was_just_finished_is_answered_with_its_transcript(
    daemon: Served, http: httpx.Client
) -> None:
    daemon.house.drop("sooner.wav", clip())
    wait_until(lambda: "sooner.wav" in _done(http), PATIENCE, "a transcript")
    assert not (daemon.house.inbox / "sooner.wav").exists()

    for body in ({}, {"with_diarization": False}):
        told = http.post("/transcribe", json={"audio_path": "sooner.wav", **body}).json()
        assert (told["job"], told["text"]) == (_done(http)["sooner.wav"], SAID.strip())
    other = http.post("/transcribe", json={"audio_path": "sooner.wav", "language": "es"})
    assert other.status_code == 409
    assert f"/jobs/{_done(http)['sooner.wav']}/retry" in other.json()["detail"]


def _done(http: httpx.Client) -> dict[str, int]:
    return {job["name"]: job["id"] for job in http.get("/jobs?state=done").json()}


def test_speakers_that_cannot_be_told_apart_do_not_cost_the_words(
    daemon: Served, http: httpx.Client
) -> None:
    """No pipeline is on this machine."""
    daemon.house.drop("speakers.wav", clip())
    body = {"audio_path": "speakers.wav", "with_diarization": True}

    told = http.post("/transcribe", json=body).json()

    assert told["text"] == SAID.strip()
    assert "transcribid models pull pyannote/" in told["diarization"]["failure"]
    assert told["quality"]["verdict"] == "review"
    assert told["diarization"]["failure"] in told["quality"]["reasons"][0]


def test_a_finished_recording_is_tried_again_with_the_same_options(
    daemon: Served, http: httpx.Client
) -> None:
    daemon.house.drop("later.wav", clip())
    body = {"audio_path": "later.wav", "with_diarization": True}
    job = http.post("/transcribe", json=body).json()["job"]

    answer = http.post(f"/jobs/{job}/retry").json()["answer"]

    assert answer == "later.wav was requeued."
    where = f"/jobs/{job + 1}/transcript"
    wait_until(lambda: http.get(where).status_code == 200, PATIENCE, "another transcript")
    assert http.get(where).json()["diarization"]["failure"]
    again = http.post(f"/jobs/{job}/retry")
    assert again.status_code == 409
    assert "has a newer job" in again.json()["detail"]


def test_every_route_takes_a_request_for_speakers(http: httpx.Client) -> None:
    form = {"file": ("talk.wav", clip())}
    diarized = http.post(
        "/v1/audio/transcriptions", files=form, data={"response_format": "diarized_json"}
    ).json()
    asr = {"audio_file": ("talk.wav", clip())}
    asked = http.post("/asr?output=json&diarize=true&max_speakers=3", files=asr).json()
    job = http.put("/inbox/speakers-upload.wav?with_diarization=true", content=clip()).json()[
        "job"
    ]

    where = f"/jobs/{job}/transcript"
    wait_until(lambda: http.get(where).status_code == 200, PATIENCE, "a transcript")
    failure = http.get(where).json()["diarization"]["failure"]
    assert failure == diarized["failure"] == asked["diarization"]["failure"]
    assert diarized["segments"][0]["speaker"] == "?"
    assert asked["options"]["diarization"] == {
        "enabled": True,
        "num_speakers": None,
        "min_speakers": None,
        "max_speakers": 3,
    }
