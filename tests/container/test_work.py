"""The image at work: read-only, without rights, without network, as a user without a name."""

import json
import os
import signal
from collections.abc import Sequence

import pytest

from support.boxed import GROUP, USER, boxed, drop, own
from support.checker import Drop, violations
from support.clips import clip, digest, long_clip
from support.daemon import House, wait_until
from support.podman import Container

pytestmark = pytest.mark.container
PATIENCE = 90.0


def ready(container: Container, times: int = 1) -> None:
    wait_until(
        lambda: len(container.events("engine.ready")) >= times,
        PATIENCE,
        "the engine is ready",
    )


def archived(house: House, *names: str) -> None:
    paths = [house.archive / name for name in names]
    wait_until(lambda: all(path.exists() for path in paths), PATIENCE, f"all of {names}")


def dropped(house: House, *names: str) -> list[Drop]:
    drops: list[Drop] = []
    for name in names:
        content = clip()
        drop(house, name, content)
        drops.append(Drop(name, digest(content)))
    return drops


def broken_promises(house: House, drops: Sequence[Drop]) -> list[str]:
    """Once the last job is forgotten: what was kept for it goes after its recording."""

    def forgotten() -> bool:
        return not any((house.state / "staged").iterdir())

    wait_until(forgotten, PATIENCE, "private copies are gone")
    return violations(house, drops, final=True)


def test_what_is_dropped_is_transcribed_and_belongs_to_the_user(
    house: House, image: str
) -> None:
    with boxed(house, image, "--init") as container:
        container.start()
        drops = dropped(house, "one.wav", "año/señora 会議.wav")
        nonsense = b"this is no recording " * 100
        drop(house, "notes.mp3", nonsense)
        drops.append(Drop("notes.mp3", digest(nonsense), good=False))
        archived(house, *(drop.name for drop in drops if drop.good))
        wait_until((house.quarantine / "notes.mp3").exists, PATIENCE, container.output)

        assert broken_promises(house, drops) == []
        assert all(line["event"] for line in container.log)
        outcomes = [*house.outbox.rglob("*"), *house.archive.rglob("*")]
        owners = {(path.stat().st_uid, path.stat().st_gid) for path in outcomes}
        assert owners == {(USER, GROUP)}


def test_nothing_is_written_but_into_its_folders(house: House, image: str) -> None:
    with boxed(house, image) as container:
        container.start()
        dropped(house, "talk.wav")
        archived(house, "talk.wav")

        assert container.changes() == []
        assert container.run("find", "/tmp", "-mindepth", "1") == ""
        assert [path.name for path in (house.root / "cache").iterdir()] == ["state"]
        assert list((house.root / "config").iterdir()) == []


def test_it_is_healthy_once_it_can_work(house: House, image: str) -> None:
    with boxed(house, image) as container:
        container.start()
        before = container.healthy
        ready(container)

        assert not before
        wait_until(lambda: container.healthy, PATIENCE, container.output)
        assert "starter" in container.run("transcribid", "status")


def test_a_broken_engine_is_unhealthy_says_why_and_blames_no_recording(
    house: House, image: str
) -> None:
    hurry = ("--health-cmd=transcribid-health", "--health-retries=1")
    with boxed(house, image, *hurry, WHISPER_DEVICE="cuda") as container:
        container.start()
        drops = dropped(house, "talk.wav")
        wait_until(lambda: bool(container.events("engine.broken")), PATIENCE, "it was tried")

        assert not container.healthy
        assert container.state()["Health"]["Status"] == "unhealthy"
        assert container.state()["Running"]
        assert container.events("engine.broken")[0]["remedy"]
        assert violations(house, drops, final=False) == []
        assert (house.inbox / "talk.wav").exists()


def test_a_stop_in_mid_job_gives_it_back_and_the_next_start_finishes_it(
    house: House, image: str
) -> None:
    with boxed(house, image, TRANSCRIBID_STOP_GRACE="1s") as container:
        container.start()
        content = long_clip(minutes=10)
        drop(house, "long.wav", content)
        wait_until(lambda: bool(container.events("job.running")), PATIENCE, "it is begun")
        container.stop(60)

        assert container.exit_status == 0  # it was not killed
        assert (house.inbox / "long.wav").exists()
        assert not list(house.outbox.glob("*.json"))

        container.start()
        archived(house, "long.wav")
        told = json.loads((house.outbox / "long.json").read_bytes())
        assert told["source"]["sha256"] == digest(content)
        assert told["quality"]["verdict"] != "partial"


def test_what_a_program_on_the_host_still_writes_is_waited_for(
    house: House, image: str
) -> None:
    content = clip(tail=100_000)
    with boxed(house, image) as container:
        container.start()
        with (house.inbox / "slow.wav").open("wb") as file:
            own(house.inbox / "slow.wav")
            file.write(content[:-5])
            file.flush()
            wait_until(lambda: bool(container.events("job.queued")), PATIENCE, "it was tried")
            assert container.events("job.queued")[0]["reason"] == "writing"
            file.write(content[-5:])
        archived(house, "slow.wav")

        assert broken_promises(house, [Drop("slow.wav", digest(content))]) == []


def test_a_kill_loses_nothing(house: House, image: str) -> None:
    names = [f"{number}.wav" for number in range(8)]
    with boxed(house, image) as container:
        container.start()
        drops = dropped(house, *names)
        wait_until(lambda: any(house.outbox.glob("*.json")), PATIENCE, "the first transcript")
        container.kill()

        assert container.exit_status == 128 + signal.SIGKILL
        assert violations(house, drops, final=False) == []

        container.start()
        archived(house, *names)
        assert broken_promises(house, drops) == []


def test_a_dead_engine_leaves_no_zombie_and_another_takes_its_place(
    house: House, image: str
) -> None:
    with boxed(house, image, "--init") as container:
        container.start()
        ready(container)
        for pid, name in container.processes().items():
            if name.startswith("python"):
                os.kill(pid, signal.SIGKILL)
        dropped(house, "talk.wav")
        ready(container, times=2)
        archived(house, "talk.wav")

        assert container.zombies() == []
