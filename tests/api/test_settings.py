"""Choices on the page never keep the daemon from working, or from starting."""

import json
from pathlib import Path

import httpx
import pytest

from api.serving import PATIENCE, Serve, Served
from support.clips import clip, long_clip
from support.daemon import wait_until
from transcribid.gpu import devices


def chosen(http: httpx.Client, changes: dict[str, object]) -> tuple[int, str]:
    answer = http.put("/settings", json=changes)
    return answer.status_code, answer.json().get("answer") or answer.json()["detail"]


def kept(it: Served) -> Path:
    return it.house.state / "settings.yaml"


def test_an_engine_that_does_not_run_as_chosen_runs_as_configured_after_a_restart(
    serve: Serve,
) -> None:
    it = serve().begin()
    with it.client() as http:
        assert chosen(http, {"engine.compute_type": "bfloat16"})[0] == 200
        wait_until(lambda: bool(it.house.events("engine.broken")), PATIENCE, "a broken engine")
        assert http.get("/healthz").is_success
        assert chosen(http, {"outputs.formats": ["vtt"]})[0] == 200
    it.house.kill()

    it.begin()
    wait_until(lambda: len(it.house.events("engine.ready")) == 2, PATIENCE, "a ready engine")

    (dropped,) = it.house.events("settings.dropped")
    assert (dropped["chosen"], dropped["file"]) == ({"compute_type": "bfloat16"}, str(kept(it)))
    assert "vtt" in kept(it).read_text()
    assert "engine" not in kept(it).read_text().splitlines()[1]
    with it.client() as http:
        assert http.put("/inbox/talk.wav", content=clip()).is_success
        wait_until((it.house.outbox / "talk.vtt").exists, PATIENCE, "a transcript")


@pytest.mark.parametrize("model", ["/tmp", "~", "./", "../models", "tiny"])
def test_a_model_is_one_that_is_here_by_its_name(http: httpx.Client, model: str) -> None:
    status, said = chosen(http, {"engine.model": model})

    assert status == 409
    assert said.startswith("engine.model: ")


@pytest.mark.skipif(devices.count() > 0, reason="there is a GPU")
def test_a_gpu_that_is_not_there_cannot_be_chosen(http: httpx.Client) -> None:
    refused = chosen(http, {"engine.device": "cuda"})

    assert refused == (409, "engine.device: no NVIDIA GPU is visible here.")


def test_a_refusal_names_the_key_and_no_line_that_never_was(http: httpx.Client) -> None:
    _, said = chosen(http, {"transcription.language": "klingon"})
    assert said.startswith("transcription.language: unknown language 'klingon'")

    assert chosen(http, {"web.token": "mine"}) == (409, "web.token cannot be changed here.")


@pytest.mark.parametrize("content", ["engine: starter\n", "- engine\n", "{"])
def test_a_file_of_choices_that_somebody_damaged_is_named(serve: Serve, content: str) -> None:
    it = serve().begin()
    with it.client() as http:
        kept(it).write_text(content)

        status, said = chosen(http, {"transcription.language": "en"})

        assert (status, str(kept(it)) in said or "engine" in said) == (409, True), said
        assert http.get("/healthz").is_success
        assert kept(it).read_text() == content


def test_what_runs_begins_anew_with_another_engine_and_that_is_said(
    daemon: Served, http: httpx.Client
) -> None:
    daemon.house.drop("long.wav", long_clip(minutes=10))
    wait_until(lambda: bool(http.get("/status").json()["running"]), PATIENCE, "work")

    said = [chosen(http, {"engine.compute_type": each})[1] for each in ("float32", "float32")]

    assert said[0] == "Saved. Running recordings restart with it."
    assert said[1] == "Saved. It applies from the next recording on."
    job = http.get("/jobs").json()[0]["id"]
    http.post(f"/jobs/{job}/cancel").raise_for_status()
    assert chosen(http, {"engine.compute_type": None})[0] == 200
    assert json.loads(http.get("/status").text)


def test_an_upload_that_is_not_whole_is_answered_at_once(serve: Serve) -> None:
    it = serve()
    it.house.configure(watch={"grace": "15m"})
    with it.begin().client() as http:
        job = http.put("/inbox/empty.wav", content=b"").json()["job"]

        wait_until(
            lambda: http.get(f"/jobs/{job}").json()["state"] == "quarantined",
            PATIENCE,
            "an answer",
        )
        assert "empty" in http.get(f"/jobs/{job}").json()["message"]
