"""The command line against a running daemon, as a person types it."""

import json
from pathlib import Path

import pytest

from support.clips import SAID, clip
from support.daemon import House, transcribid, wait_until
from transcribid import starter

pytestmark = pytest.mark.slow

PATIENCE = 60.0
MP3 = starter.RECORDINGS / "es-meeting.mp3"


def queue(house: House, state: str) -> list[dict[str, str]]:
    return json.loads(house.asked("queue", "--json", "--state", state))


def test_status_tells_what_runs_where_and_with_what(house: House) -> None:
    wait_until(lambda: "idle" in house.asked("status"), PATIENCE)

    told = json.loads(house.asked("status", "--json"))
    assert (told["device"], told["model"], told["compute_type"]) == ("cpu", "starter", "int8")
    assert "starter on cpu" in house.asked("status")


def test_a_pause_holds_the_queue_until_resumed(house: House) -> None:
    house.asked("pause")
    house.drop("paused.wav", clip())
    wait_until(lambda: bool(queue(house, "queued")), PATIENCE)

    assert "paused" in house.asked("status")
    assert "paused.wav" in house.asked("queue")
    house.asked("resume")
    wait_until((house.outbox / "paused.json").exists, PATIENCE)


def test_a_cancelled_job_leaves_its_file_and_can_be_retried(house: House) -> None:
    house.asked("pause")
    house.drop("cancelled.wav", clip())
    wait_until(lambda: bool(queue(house, "queued")), PATIENCE)
    job = str(queue(house, "queued")[0]["id"])

    assert "stays in the inbox" in house.asked("cancel", job)
    assert (house.inbox / "cancelled.wav").exists()
    house.asked("resume")
    assert "nothing to cancel" in house.asked("cancel", job, status=1)
    assert "requeued" in house.asked("retry", job)
    wait_until((house.outbox / "cancelled.json").exists, PATIENCE)


def test_deleting_a_waiting_file_withdraws_its_job(house: House) -> None:
    house.asked("pause")
    house.drop("deleted.wav", clip())
    wait_until(lambda: bool(queue(house, "queued")), PATIENCE)
    (house.inbox / "deleted.wav").unlink()

    wait_until(lambda: not queue(house, "queued"), PATIENCE)
    assert "deleted.wav" in [job["name"] for job in queue(house, "withdrawn")]
    house.asked("resume")


def test_show_tells_why_a_recording_failed_and_retry_brings_it_back(house: House) -> None:
    house.drop("bad.mp3", b"no recording " * 50)
    wait_until((house.quarantine / "bad.mp3").exists, PATIENCE)
    wait_until(lambda: bool(queue(house, "quarantined")), PATIENCE)
    job = str(queue(house, "quarantined")[0]["id"])

    told = house.asked("show", job)
    assert "not a recording" in told
    assert "what to do" in told
    (house.quarantine / "bad.mp3").write_bytes(clip())
    house.asked("retry", "--all")
    wait_until((house.outbox / "bad.json").exists, PATIENCE, house.last_words())


def test_what_was_removed_from_quarantine_is_dismissed(house: House) -> None:
    def listed() -> list[str]:
        found = queue(house, "quarantined")
        return [str(job["id"]) for job in found if job["name"] == "removed.mp3"]

    house.drop("removed.mp3", b"no recording " * 50)
    wait_until(lambda: bool(listed()), PATIENCE)
    (job,) = listed()

    assert "is still there" in house.asked("dismiss", job, status=1)
    (house.quarantine / "removed.mp3").unlink()
    assert "file is gone" in " ".join(house.asked("queue", "--state", "quarantined").split())
    assert "was dismissed" in house.asked("dismiss", job)
    assert listed() == []
    assert "--all" in house.asked("dismiss", status=2)


def test_show_says_how_far_a_transcript_can_be_trusted(house: House) -> None:
    cut = MP3.read_bytes()
    house.drop("damaged.mp3", cut[: len(cut) // 2] + bytes(4000) + cut[len(cut) // 2 + 4000 :])
    wait_until((house.outbox / "damaged.json").exists, PATIENCE)
    wait_until(lambda: "damaged.mp3" in [job["name"] for job in queue(house, "done")], PATIENCE)
    job = next(job["id"] for job in queue(house, "done") if job["name"] == "damaged.mp3")

    assert "partial: " in house.asked("show", str(job))


def test_a_job_there_never_was_is_an_answer_with_a_remedy(house: House) -> None:
    assert "There is no job 99999" in house.asked("show", "99999", status=1)
    assert "transcribid queue" in house.asked("retry", "99999", status=1)
    assert "--all" in house.asked("retry", status=2)


def test_without_a_daemon_the_answer_is_how_to_start_one(tmp_path: Path) -> None:
    with House(tmp_path) as house:
        assert "transcribid run" in house.asked("status", status=69)


def test_a_second_daemon_of_one_state_folder_is_refused(house: House) -> None:
    wait_until(lambda: "idle" in house.asked("status"), PATIENCE)

    assert "Another transcribid" in house.asked("run", status=75)


def test_one_shot_transcription_writes_beside_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "talk.srt").write_text("mine")
    recording = starter.RECORDINGS / "en-short.wav"
    words = ("transcribe", recording, "--model", "starter", "--device", "cpu", "-f", "txt")
    printed = transcribid(*words, "-o", tmp_path)

    assert (tmp_path / "en-short.txt").read_text().strip() == SAID.strip()
    assert str(tmp_path / "en-short.json") in printed
    assert (tmp_path / "talk.srt").read_text() == "mine"


def test_one_shot_transcription_says_what_is_wrong_with_a_file(tmp_path: Path) -> None:
    bad = tmp_path / "bad.mp3"
    bad.write_text("no recording " * 50)
    words = ("transcribe", bad, "--model", "starter", "--device", "cpu", "-o", tmp_path)

    assert "not a recording" in transcribid(*words, status=1)


def test_once_serves_the_inbox_and_tells_what_failed(tmp_path: Path) -> None:
    with House(tmp_path, watch={"quiet": "200ms"}) as house:
        house.drop("good.wav", clip())
        assert house.once() == 0
        house.drop("bad.mp3", b"no recording " * 50)
        assert house.once() == 1

        assert (house.outbox / "good.json").exists()
        assert "1 not" in house.last_words()
        house.drop("bad.mp3", b"another version " * 50)
        assert house.once() == 1
        house.drop("bad.mp3", clip())
        assert house.once() == 0
        assert "1 transcribed, 0 not" in house.last_words()


@pytest.mark.parametrize(
    "command",
    [
        "run",
        "once",
        "transcribe",
        "demo",
        "bench",
        "status",
        "queue",
        "show",
        "retry",
        "cancel",
        "dismiss",
    ],
)
def test_every_command_explains_itself_with_an_example(command: str) -> None:
    assert f"transcribid {command}" in transcribid(command, "--help")


def test_the_demo_prints_right_transcripts() -> None:
    printed = transcribid("demo")

    assert "There are forty six people in the station." in printed
    assert "are as good as expected" in printed
