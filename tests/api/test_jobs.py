"""Jobs and what may be done with them, events, settings and numbers."""

import json
import os
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from api.serving import PATIENCE, Serve, Served
from support.clips import SAID, clip, long_clip
from support.daemon import wait_until


@pytest.fixture
def done(daemon: Served, http: httpx.Client) -> dict[str, Any]:
    """A job that ended well."""
    return http.put("/inbox/done.wav", content=clip()).json() | {"ended": _ended(http)}


def _ended(http: httpx.Client) -> bool:
    wait_until(lambda: not http.get("/jobs").json(), PATIENCE, "all jobs ended")
    return True


def test_a_job_tells_its_story(http: httpx.Client, done: dict[str, Any]) -> None:
    told = http.get(f"/jobs/{done['job']}").json()

    assert (told["state"], told["name"]) == ("done", done["name"])
    assert told["history"][0]["event"] == "Admitted"
    assert told["history"][-1]["state"] == "done"
    assert told["id"] in [job["id"] for job in http.get("/jobs?state=done").json()]


def test_a_list_tells_verdicts_and_reasons(http: httpx.Client, done: dict[str, Any]) -> None:
    long = http.put("/inbox/loops.wav", content=long_clip(minutes=1)).json()["job"]
    _ended(http)
    told = {job["id"]: job for job in http.get("/jobs?state=done").json()}
    detail = http.get(f"/jobs/{long}").json()

    assert (told[done["job"]]["verdict"], told[done["job"]]["reasons"]) == ("good", None)
    assert told[long]["verdict"] == "review"
    note = next(each["note"] for each in detail["history"] if each["event"] == "Transcribed")
    assert note.startswith(f"review: {told[long]['reasons'].removesuffix(' …')}")
    assert len(told[long]["reasons"]) <= 200
    assert told[long]["ended"] == detail["ended"] == detail["history"][-1]["at"]


def test_a_transcript_comes_in_each_format_that_was_written(
    http: httpx.Client, done: dict[str, Any]
) -> None:
    where = f"/jobs/{done['job']}/transcript"

    assert http.get(where).json()["text"] == SAID.strip()
    assert SAID.split()[0] in http.get(f"{where}.txt").text
    assert http.get(f"{where}.srt").text.startswith("1\n")
    assert json.loads(http.get(f"{where}.json").text)["text"] == SAID.strip()
    missing = http.get(f"{where}.vtt")
    assert missing.status_code == 404
    assert "has no vtt output" in missing.json()["detail"]
    assert http.get(f"{where}.exe").status_code == 404


def test_a_transcript_that_was_removed_is_gone_and_foreign_files_are_no_trouble(
    daemon: Served, http: httpx.Client, done: dict[str, Any]
) -> None:
    base = http.get(f"/jobs/{done['job']}").json()["output"]
    outbox, where = daemon.house.outbox, f"/jobs/{done['job']}/transcript"
    for number, content in enumerate((b"{", b"[]", b"{}", b'{"source": 5}', b"\xff")):
        (outbox / f"{base}-{number}.json").write_bytes(content)

    (outbox / f"{base}.txt").unlink()
    assert http.get(where).status_code == 200
    assert http.get(f"{where}.txt").status_code == 410
    (outbox / f"{base}.json").unlink()
    for path in (where, f"{where}.txt", f"{where}.srt"):
        assert http.get(path).status_code == 410


def test_an_outbox_with_pipes_and_links_gives_only_what_lies_in_it(
    daemon: Served, http: httpx.Client, done: dict[str, Any]
) -> None:
    base = http.get(f"/jobs/{done['job']}").json()["output"]
    outbox, where = daemon.house.outbox, f"/jobs/{done['job']}/transcript"
    pipe, link, other = (outbox / f"{base}{end}" for end in ("-0-pipe.json", ".txt", ".srt"))
    link.unlink()
    link.symlink_to("/etc/passwd")
    other.unlink()
    os.mkfifo(other)
    os.mkfifo(pipe)

    answers = [http.get(f"{where}{suffix}") for suffix in ("", ".txt", ".srt")]

    for path in (pipe, link, other):
        path.unlink()
    assert [answer.status_code for answer in answers] == [200, 410, 410]
    assert answers[0].json()["text"] == SAID.strip()


def test_an_outbox_with_links_for_folders_gives_nothing_of_elsewhere(
    daemon: Served, http: httpx.Client, tmp_path: Path
) -> None:
    daemon.house.drop("moved/talk.wav", clip())
    wait_until(lambda: "moved/talk.wav" in _done(http), PATIENCE, "a transcript")
    job = _done(http)["moved/talk.wav"]
    folder = daemon.house.outbox / "moved"
    shutil.move(folder, tmp_path / "elsewhere")
    folder.symlink_to(tmp_path / "elsewhere")

    answers = [http.get(f"/jobs/{job}/transcript{suffix}") for suffix in ("", ".txt")]

    folder.unlink()
    assert [answer.status_code for answer in answers] == [410, 410]


def _done(http: httpx.Client) -> dict[str, int]:
    return {job["name"]: job["id"] for job in http.get("/jobs?state=done").json()}


def test_a_job_that_failed_says_why_wherever_it_is_asked(
    daemon: Served, http: httpx.Client
) -> None:
    job = http.put("/inbox/failed.mp3", content=b"no recording " * 50).json()["job"]
    _ended(http)

    for path in (f"/jobs/{job}/transcript", f"/jobs/{job}/transcript.txt"):
        answer = http.get(path)
        assert answer.status_code in (404, 410, 422), answer.text
    assert "not a recording" in http.get(f"/jobs/{job}/transcript").json()["detail"]
    assert "not a recording" in http.get(f"/jobs/{job}").json()["message"]


@pytest.mark.parametrize("job", ["0", "-1", "99999", str(10**30), "x", "1.5", "%00"])
def test_a_job_there_never_was_is_no_mistake_of_ours(http: httpx.Client, job: str) -> None:
    for verb, path in (
        ("GET", ""), ("GET", "/transcript"), ("GET", "/transcript.txt"), ("GET", "/audio"),
        ("POST", "/retry"), ("POST", "/cancel"),
    ):  # fmt: skip
        assert http.request(verb, f"/jobs/{job}{path}").status_code in (404, 422)


@pytest.mark.parametrize(
    "query", ["state=lost", "limit=0", "limit=-1", "limit=99999", "limit=x"]
)
def test_a_question_that_makes_no_sense_is_told_so(http: httpx.Client, query: str) -> None:
    answer = http.get(f"/jobs?{query}")

    assert answer.status_code == 422
    assert answer.json()["detail"].startswith(f"{query.partition('=')[0]}: Input should be ")


def test_people_pause_cancel_retry_and_resume(daemon: Served, http: httpx.Client) -> None:
    assert "Paused" in http.post("/pause").json()["answer"]
    job = http.put("/inbox/waits.wav", content=clip()).json()["job"]
    assert "Cancelled" in http.post(f"/jobs/{job}/cancel").json()["answer"]
    again = http.post(f"/jobs/{job}/cancel")
    assert again.status_code == 409
    assert "nothing to cancel" in again.json()["detail"]
    assert "requeued" in http.post(f"/jobs/{job}/retry").json()["answer"]
    assert "Resumed" in http.post("/resume").json()["answer"]
    _ended(http)
    assert "requeued" in http.post("/retry").json()["answer"]
    _ended(http)


def test_what_was_given_up_is_dismissed_once_its_file_is_gone(
    daemon: Served, http: httpx.Client
) -> None:
    names = [f"hopeless-{number}.mp3" for number in range(3)]
    jobs = [http.put(f"/inbox/{name}", content=b"noise " * 50).json()["job"] for name in names]
    _ended(http)
    kept, first, second = (daemon.house.quarantine / name for name in names)

    refused = http.post(f"/jobs/{jobs[1]}/dismiss")
    assert (refused.status_code, refused.json()["detail"]) == (
        409, "hopeless-1.mp3 is still there: retry it or remove the file."
    )  # fmt: skip
    first.unlink()
    second.unlink()
    told = {job["id"]: job["gone"] for job in http.get("/jobs?state=quarantined").json()}
    assert [told[job] for job in jobs] == [False, True, True]
    assert http.get(f"/jobs/{jobs[1]}").json()["gone"]
    assert "no longer where it was" in http.post(f"/jobs/{jobs[1]}/retry").json()["detail"]

    assert "was dismissed" in http.post(f"/jobs/{jobs[1]}/dismiss").json()["answer"]
    assert "Dismissed 1 recording" in http.post("/dismiss").json()["answer"]
    states = [http.get(f"/jobs/{job}").json()["state"] for job in jobs]
    assert states == ["quarantined", "withdrawn", "withdrawn"]
    assert http.get(f"/jobs/{jobs[2]}").json()["history"][-1]["event"] == "Dismissed"
    left = {path.name for path in daemon.house.quarantine.glob("hopeless*")}
    assert left == {kept.name, f"{kept.name}.report.txt"}
    assert http.post(f"/jobs/{jobs[1]}/dismiss").status_code == 409


def test_what_is_tried_again_is_no_longer_in_quarantine(
    daemon: Served, http: httpx.Client
) -> None:
    job = http.put("/inbox/mended.wav", content=b"noise " * 50).json()["job"]
    _ended(http)
    before = http.get("/status").json()["counts"]["quarantined"]
    (daemon.house.quarantine / "mended.wav").write_bytes(clip())

    assert "requeued" in http.post(f"/jobs/{job}/retry").json()["answer"]

    _ended(http)
    assert http.get("/status").json()["counts"].get("quarantined", 0) == before - 1
    told = http.get(f"/jobs/{job}").json()
    assert (told["state"], told["history"][-1]["event"]) == ("withdrawn", "Superseded")


def test_a_finished_recording_is_transcribed_again_with_other_options(
    daemon: Served, http: httpx.Client
) -> None:
    first = http.put("/inbox/again.wav?language=es", content=clip()).json()["job"]
    _ended(http)
    assert _document(http, first)["options"]["language"] == "es"

    refused = http.post(f"/jobs/{first}/retry?language=klingon")
    assert (refused.status_code, "klingon" in refused.json()["detail"]) == (409, True)
    http.post(f"/jobs/{first}/retry?language=en").raise_for_status()
    _ended(http)
    second = next(
        job["id"] for job in http.get("/jobs?state=done").json() if job["name"] == "again.wav"
    )
    http.post(f"/jobs/{second}/retry?num_speakers=2").raise_for_status()
    _ended(http)

    told = _document(http, second + 1)
    assert second > first
    assert told["options"]["language"] == "en"
    assert told["options"]["diarization"]["enabled"]
    assert told["options"]["diarization"]["num_speakers"] == 2
    assert told["text"] == SAID.strip()
    assert not list(daemon.house.outbox.glob("again*2*"))


def _document(http: httpx.Client, job: int) -> dict[str, Any]:
    return http.get(f"/jobs/{job}/transcript").json()


def test_our_own_files_in_the_inbox_are_not_skipped_ones(serve: Serve) -> None:
    daemon = serve().begin()
    assert (daemon.house.inbox / ".transcribid").exists()

    with daemon.client() as http:
        wait_until(lambda: http.get("/readyz").is_success, PATIENCE, "it looked")
        assert http.get("/status").json()["skipped"] == 0
        (daemon.house.inbox / ".hidden").touch()
        wait_until(lambda: http.get("/status").json()["skipped"] == 1, PATIENCE, "one more")


@pytest.mark.parametrize("path", ["/pause", "/resume", "/retry", "/dismiss", "/jobs/1/cancel"])
def test_looking_changes_nothing(http: httpx.Client, path: str) -> None:
    assert http.get(path).status_code == 405
    assert http.head(path).status_code == 405


@pytest.mark.parametrize("path", ["/", "/healthz", "/readyz", "/status", "/metrics"])
def test_monitors_may_ask_for_the_head_alone(http: httpx.Client, path: str) -> None:
    answer, whole = http.head(path), http.get(path)

    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-type"] == whole.headers["content-type"]
    assert http.get("/healthz").status_code == 200


def test_an_event_comes_when_something_changes(daemon: Served, http: httpx.Client) -> None:
    came: SimpleQueue[dict[str, Any]] = SimpleQueue()

    def listen() -> None:
        with daemon.client() as other, other.stream("GET", "/events") as events:
            assert events.headers["content-type"].startswith("text/event-stream")
            for told in _events(events.iter_lines()):
                came.put(told)
                if told["status"] == "paused":
                    return

    _ended(http)
    listener = threading.Thread(target=listen, daemon=True)
    listener.start()
    assert came.get(timeout=PATIENCE)["status"] in ("idle", "working")
    http.post("/pause").raise_for_status()
    listener.join(PATIENCE)
    http.post("/resume").raise_for_status()
    assert not listener.is_alive()


def _events(lines: Iterator[str]) -> Iterator[dict[str, Any]]:
    for line in lines:
        if line.startswith("data: "):
            yield json.loads(line.removeprefix("data: "))


def settings(http: httpx.Client) -> dict[str, Any]:
    return {each["key"]: each for each in http.get("/settings").json()}


@pytest.mark.parametrize(
    ("key", "usual", "choice"),
    [("transcription.language", "auto", "en"), ("diarization.enabled", False, True)],
)
def test_a_setting_is_chosen_and_taken_back(
    http: httpx.Client, key: str, usual: object, choice: object
) -> None:
    assert http.put("/settings", json={key: choice}).status_code == 200
    chosen = settings(http)[key]
    assert (chosen["value"], chosen["saved"]) == (choice, True)

    assert http.put("/settings", json={key: None}).status_code == 200
    chosen = settings(http)[key]
    assert (chosen["value"], chosen["saved"]) == (usual, False)


@pytest.mark.parametrize(
    "changes",
    [
        {"transcription.language": "klingon"},
        {"transcription.language": "en", "outputs.formats": ["pdf"]},
        {"outputs.formats": []},
        {"engine.model": ""},
        {"engine.model": "large-v3"},
        {"engine.model": "/no/such/folder"},
        {"engine.device": "abacus"},
        {"diarization.enabled": "perhaps"},
        {"web.token": "mine"},
        {"no.such.key": "x"},
        {"plain": "x"},
        {"": "x"},
        {"engine": None},
        {"engine.model": "a\ud800"},
        {"transcription.language": "&x"},
        {"engine.model": "x" * 60_000},
    ],
)
def test_a_bad_setting_changes_nothing(
    daemon: Served, http: httpx.Client, changes: dict[str, Any]
) -> None:
    before = settings(http)
    body = json.dumps(changes)
    answer = http.put("/settings", content=body, headers={"Content-Type": "application/json"})

    assert answer.status_code in (409, 413, 422), answer.text
    assert settings(http) == before
    assert http.get("/healthz").status_code == 200


def test_numbers_are_what_prometheus_reads(daemon: Served, http: httpx.Client) -> None:
    text = http.get("/metrics").text
    families = {family.name: family for family in text_string_to_metric_families(text)}

    assert {sample.labels["state"] for sample in families["transcribid_jobs"].samples} >= {
        "queued", "done", "quarantined"
    }  # fmt: skip
    assert families["transcribid_engine_up"].samples[0].value == 1
    assert all(family.documentation for family in families.values())
    if promtool := shutil.which("promtool"):
        checked = subprocess.run(
            [promtool, "check", "metrics"],
            input=text,
            capture_output=True,
            text=True,
            check=False,
        )
        assert checked.returncode == 0, checked.stdout + checked.stderr


MONITORING = Path(__file__).parents[2] / "config" / "monitoring"


def test_dashboard_and_alerts_name_only_numbers_that_exist(http: httpx.Client) -> None:
    text = http.get("/metrics").text
    known = {line.split("{")[0].split()[0] for line in text.splitlines() if line[:1] != "#"}
    known |= {line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")}

    for path in sorted(MONITORING.rglob("*.*")):
        named = set(re.findall(r"\btranscribid_\w+", path.read_text()))
        assert named, path
        assert named <= known, (path, named - known)
