"""The daemon as a process: signals, restarts, refusals to start, a ledger that is lost."""

import json
import os
import signal
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from support.clips import clip, long_clip
from support.daemon import House, wait_until

PATIENCE = 60.0


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with House(tmp_path, watch={"quiet": "300ms"}, stop_grace="1s") as house:
        yield house


def running(house: House, name: str) -> bool:
    return any(line["name"] == name for line in house.events("job.running"))


def history(house: House, job: int = 1) -> list[str]:
    with closing(sqlite3.connect(house.state / "ledger.sqlite3")) as ledger:
        return [
            row[0]
            for row in ledger.execute(
                "SELECT event FROM history WHERE job = ? ORDER BY rowid", (job,)
            )
        ]


def test_a_stop_in_mid_job_gives_it_back_without_a_strike(house: House) -> None:
    house.drop("long.wav", long_clip(minutes=30))
    house.start()
    wait_until(lambda: running(house, "long.wav"), PATIENCE, house.last_words())

    assert house.stop() == 0
    assert history(house)[-1] == "Interrupted"
    assert (house.inbox / "long.wav").exists()
    assert not list((house.state / "staged").iterdir())


def test_a_stop_lets_a_short_job_finish(house: House) -> None:
    house.drop("short.wav", clip())
    house.start()
    wait_until(lambda: running(house, "short.wav"), PATIENCE, house.last_words())

    assert house.stop() == 0
    assert (house.outbox / "short.json").exists()


def test_a_second_stop_ends_at_once(tmp_path: Path) -> None:
    with House(tmp_path, watch={"quiet": "300ms"}, stop_grace="10m") as house:
        house.drop("long.wav", long_clip(minutes=30))
        house.start()
        wait_until(lambda: running(house, "long.wav"), PATIENCE, house.last_words())
        house.send(signal.SIGTERM)
        wait_until(lambda: bool(house.events("daemon.stopping")), PATIENCE)

        assert house.stop() == 0


def test_a_killed_daemon_leaves_no_engine_behind_and_goes_on(house: House) -> None:
    house.drop("long.wav", long_clip(minutes=30))
    house.start()
    wait_until(lambda: running(house, "long.wav"), PATIENCE, house.last_words())
    engines = house.children()
    house.kill()
    wait_until(lambda: not any(map(lives, engines)), PATIENCE, "the engine ended")
    (house.inbox / "long.wav").unlink()
    house.drop("short.wav", clip())
    house.start()

    wait_until((house.outbox / "short.json").exists, PATIENCE, house.last_words())
    wait_until(lambda: history(house)[-1] == "Withdrawn", PATIENCE)


def lives(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().split()[2]
    except FileNotFoundError:
        return False


def test_a_killed_engine_costs_a_strike_and_is_replaced(house: House) -> None:
    house.drop("long.wav", long_clip(minutes=30))
    house.start()
    wait_until(lambda: running(house, "long.wav"), PATIENCE, house.last_words())
    for pid in house.children():
        os.kill(pid, signal.SIGSEGV)
    wait_until(lambda: len(house.events("job.queued")) > 0, PATIENCE, house.last_words())

    assert "SIGSEGV" in house.events("job.queued")[0]["message"]
    (house.inbox / "long.wav").unlink()
    house.drop("short.wav", clip())
    wait_until((house.outbox / "short.json").exists, PATIENCE, house.last_words())


def test_replacing_a_running_file_makes_a_new_job_of_the_new_version(house: House) -> None:
    house.drop("talk.wav", long_clip(minutes=30))
    house.start()
    wait_until(lambda: running(house, "talk.wav"), PATIENCE, house.last_words())
    house.drop("talk.wav", clip())

    wait_until((house.outbox / "talk.json").exists, PATIENCE, house.last_words())
    assert history(house)[-1] == "Withdrawn"


def test_a_good_reload_is_applied_and_a_bad_one_changes_nothing(house: House) -> None:
    house.start()
    wait_until(lambda: bool(house.events("engine.ready")), PATIENCE)
    house.configure(outputs={"formats": ["vtt"]}, after_success="keep")
    house.send(signal.SIGHUP)
    wait_until(lambda: bool(house.events("config.applied")), PATIENCE, house.last_words())
    house.configure(outputs={"formats": ["svt"]}, after_succes="delete")
    house.send(signal.SIGHUP)
    wait_until(lambda: bool(house.events("config.refused")), PATIENCE)
    house.drop("talk.wav", clip())
    wait_until((house.outbox / "talk.json").exists, PATIENCE, house.last_words())

    refusal = "\n".join(house.events("config.refused")[0]["report"])
    assert "did you mean 'srt'" in refusal
    assert "did you mean 'after_success'" in refusal
    assert (house.outbox / "talk.vtt").exists()
    wait_until(lambda: bool(house.events("job.done")), PATIENCE)
    assert (house.inbox / "talk.wav").exists()


def test_a_reload_to_a_model_that_is_not_here_stops_no_working_engine(house: House) -> None:
    house.start()
    wait_until(lambda: bool(house.events("engine.ready")), PATIENCE)
    house.configure(engine={"model": "distil-large-v2"})
    house.send(signal.SIGHUP)
    wait_until(lambda: bool(house.events("config.refused")), PATIENCE)
    house.drop("talk.wav", clip())
    wait_until((house.outbox / "talk.json").exists, PATIENCE, house.last_words())

    (refusal,) = house.events("config.refused")[0]["report"]
    assert refusal.startswith("engine.model: The model distil-large-v2 is not on this machine.")
    assert "transcribid models pull distil-large-v2" in refusal
    assert not house.events("engine.broken")


def test_kept_recordings_are_not_transcribed_again_after_a_restart(tmp_path: Path) -> None:
    with House(tmp_path, watch={"quiet": "300ms"}, after_success="keep") as house:
        house.drop("talk.wav", clip())
        assert house.once() == 0
        before = (house.outbox / "talk.json").stat().st_ino
        assert house.once() == 0

        assert (house.inbox / "talk.wav").exists()
        assert (house.outbox / "talk.json").stat().st_ino == before


def test_deleted_recordings_are_gone_only_after_their_transcript(tmp_path: Path) -> None:
    with House(tmp_path, watch={"quiet": "300ms"}, after_success="delete") as house:
        house.drop("talk.wav", clip())
        assert house.once() == 0

        assert not (house.inbox / "talk.wav").exists()
        assert (house.outbox / "talk.json").exists()


@pytest.mark.parametrize("harm", ["deleted", "damaged"])
def test_the_ledger_is_expendable(house: House, harm: str) -> None:
    house.drop("first.wav", clip())
    assert house.once() == 0
    ledger = house.state / "ledger.sqlite3"
    if harm == "deleted":
        ledger.unlink()
    else:
        ledger.write_bytes(b"no database at all" * 1000)
    house.drop("second.wav", clip())

    assert house.once() == 0
    assert json.loads((house.outbox / "first.json").read_bytes())["speech"]
    assert (house.archive / "first.wav").exists()
    assert (house.outbox / "second.json").exists()


def test_an_unmounted_inbox_is_not_an_empty_one(house: House) -> None:
    house.configure(watch={"quiet": "300ms", "rescan": "1s"})
    for number in range(3):
        house.drop(f"{number}.wav", long_clip(minutes=10))
    house.start()
    wait_until(lambda: running(house, "0.wav") or running(house, "1.wav"), PATIENCE)
    house.inbox.rename(house.root / "elsewhere")
    house.inbox.mkdir()
    wait_until(lambda: bool(house.events("inbox.unreachable")), PATIENCE, house.last_words())

    assert "mounted" in house.events("inbox.unreachable")[0]["message"]
    assert not house.events("job.withdrawn")
    house.inbox.rmdir()
    (house.root / "elsewhere").rename(house.inbox)
    house.drop("after.wav", clip())
    for number in range(3):
        (house.inbox / f"{number}.wav").unlink()
    wait_until((house.outbox / "after.json").exists, PATIENCE, house.last_words())


def test_polling_serves_where_events_do_not_arrive(tmp_path: Path) -> None:
    with House(tmp_path, watch={"quiet": "300ms", "method": "polling"}) as house:
        house.start()
        wait_until(lambda: bool(house.events("engine.ready")), PATIENCE)
        house.drop("deep/in/talk.wav", clip())

        wait_until((house.outbox / "deep/in/talk.json").exists, PATIENCE, house.last_words())


def refusal(house: House) -> tuple[int, str]:
    house.start()
    status = house.ended()
    return status, house.last_words()


def test_a_wrong_configuration_ends_with_a_report_and_78(house: House) -> None:
    house.configure(engine={"devise": "cpu"}, watch={"quiet": "soon"}, outbox="x")

    status, said = refusal(house)
    assert status == 78
    for word in ("engine.devise", "did you mean 'device'", "watch.quiet", "outbox"):
        assert word in said


def test_a_missing_model_ends_with_the_command_that_fetches_it_and_78(house: House) -> None:
    house.drop("talk.wav", clip())
    house.configure(engine={"model": "large-v3-turbo", "device": "cpu"})

    status, said = refusal(house)
    assert status == 78
    assert "large-v3-turbo is not on this machine" in said
    assert "transcribid models pull large-v3-turbo" in said
    assert (house.inbox / "talk.wav").exists()


def test_cuda_that_cannot_be_used_pauses_the_queue_and_is_named(house: House) -> None:
    house.configure(engine={"model": "starter", "device": "cuda"})
    house.drop("talk.wav", clip())
    house.start()
    wait_until(lambda: bool(house.events("engine.broken")), PATIENCE, house.last_words())

    assert "CUDA cannot be used" in house.events("engine.broken")[0]["message"]
    assert house.stop() == 0
    assert (house.inbox / "talk.wav").exists()


def test_one_pass_with_a_broken_engine_ends_with_69_and_leaves_the_inbox(house: House) -> None:
    house.configure(engine={"model": "starter", "device": "cuda"})
    house.drop("talk.wav", clip())

    assert house.once() == 69
    assert "CUDA cannot be used" in house.last_words()
    assert (house.inbox / "talk.wav").exists()


@pytest.mark.chaos
def test_an_engine_that_stays_broken_ends_the_daemon_with_69(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HASTE", "1")  # no waiting between the tries
    house.configure(engine={"model": "starter", "device": "cuda"})
    house.drop("talk.wav", clip())
    house.start()

    assert house.ended() == 69
    assert house.events("engine.broken")[-1]["failures"] == 11
    assert (house.inbox / "talk.wav").exists()


@pytest.mark.parametrize("way", ["abort", pytest.param("library", marks=pytest.mark.chaos)])
def test_a_broken_engine_is_told_everywhere_and_blamed_on_nobody(
    tmp_path: Path, way: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with House(tmp_path, web={"port": port}, watch={"quiet": "300ms"}) as house:
        house.start()
        wait_until(lambda: bool(house.events("engine.ready")), PATIENCE, house.last_words())
        house.sabotage.write_text(f"all {way}\n")
        for number in range(5):
            house.drop(f"talk {number}.wav", clip())
        wait_until(lambda: bool(house.events("engine.broken")), PATIENCE, house.last_words())
        at = f"http://127.0.0.1:{port}"
        wait_until(lambda: httpx.get(f"{at}/readyz").status_code == 503, PATIENCE)
        told = httpx.get(f"{at}/status").json()
        house.sabotage.unlink()
        wait_until(lambda: len(list(house.outbox.glob("*.json"))) == 5, PATIENCE)

        assert told["status"] == "trouble"
        assert "The engine is broken." in told["trouble"]
        assert not list(house.quarantine.glob("*.wav"))
        assert httpx.get(f"{at}/readyz").status_code == 200


def test_a_taken_port_ends_with_78(house: House) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        house.configure(web={"port": port})
        status, said = refusal(house)

    assert status == 78
    assert f"Address already in use (web.port {port} on web.host 127.0.0.1)" in said


def test_a_second_daemon_on_the_same_inbox_ends_with_75(house: House) -> None:
    house.start()
    wait_until(lambda: bool(house.events("daemon.started")), PATIENCE, house.last_words())
    with House(house.root / "other") as other:
        other.configure(folders={"inbox": str(house.inbox)})
        status, said = refusal(other)

    assert status == 75
    assert f"Another transcribid is using the inbox {house.inbox}." in said
    assert house.stop() == 0


def test_a_younger_ledger_ends_with_78_and_stays_as_it_is(house: House) -> None:
    house.state.mkdir()
    ledger = house.state / "ledger.sqlite3"
    with closing(sqlite3.connect(ledger)) as db:
        db.executescript("PRAGMA user_version = 99; CREATE TABLE job (id);")
    before = ledger.read_bytes()

    status, said = refusal(house)

    assert status == 78
    assert "its version is 99" in said
    assert ledger.read_bytes() == before


def test_folders_in_one_another_are_refused(house: House) -> None:
    house.configure(folders={"outbox": "inbox/out"})

    status, said = refusal(house)
    assert status == 78
    assert "folders.outbox" in said


def test_the_status_is_served_on_the_loopback_address_to_this_machine_alone(
    tmp_path: Path,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with House(tmp_path, web={"port": port}) as house:
        house.start()
        wait_until(lambda: bool(house.events("engine.ready")), PATIENCE)
        at = f"http://127.0.0.1:{port}"
        told = httpx.get(f"{at}/status").json()

        assert (told["device"], told["model"]) == ("cpu", "starter")
        assert httpx.get(f"{at}/readyz").status_code == 200
        assert httpx.post(f"{at}/pause", headers={"Origin": "http://evil"}).status_code == 403
        assert httpx.get(f"{at}/status", headers={"Host": "evil.example"}).status_code == 421
