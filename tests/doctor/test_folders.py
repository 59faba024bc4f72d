"""What the doctor says of folders, tried out in real ones."""

import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from support.daemon import House
from support.examined import configured
from transcribid.config import Config
from transcribid.doctor import folders
from transcribid.doctor.finding import Finding, Level
from transcribid.doctor.probes import folder
from transcribid.ledger import Ledger
from transcribid.service.mount_guard import MARKER, MountGuard


@pytest.fixture
def memory() -> Iterator[Path]:
    """A folder on a file system of its own."""
    with tempfile.TemporaryDirectory(dir="/dev/shm") as place:
        yield Path(place)


def test_good_folders_are_left_as_they_were(tmp_path: Path) -> None:
    house = House(tmp_path)
    for each in (house.outbox, house.state):
        each.mkdir()
    before = sorted(tmp_path.rglob("*"))

    found = looked_at(tmp_path)

    assert {each.level for each in found} == {Level.OK}
    assert sorted(tmp_path.rglob("*")) == before


def test_a_file_in_place_of_a_folder_is_a_failure(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.outbox.write_text("no folder")

    told = of_level(Level.FAILURE, looked_at(tmp_path))

    assert [each.what.partition(": ")[2] for each in told] == [
        f"{house.outbox} is not a folder"
    ]


def test_a_folder_in_which_nothing_can_be_made_is_a_failure(tmp_path: Path) -> None:
    House(tmp_path, folders={"outbox": "/proc/transcripts"})

    told = of_level(Level.FAILURE, looked_at(tmp_path))

    assert "outbox /proc/transcripts cannot be written" in told[0].what
    assert "chown" in told[0].remedy


def test_an_archive_on_another_disk_is_worth_a_note(tmp_path: Path, memory: Path) -> None:
    House(tmp_path, folders={"archive": str(memory / "a"), "state": str(memory / "s")})

    told = of_level(Level.NOTE, looked_at(tmp_path))

    assert [each.what for each in told] == ["archive is on another file system than inbox"]
    assert list(memory.iterdir()) == []


def test_too_little_room_is_a_failure(tmp_path: Path) -> None:
    House(tmp_path, limits={"min_free_disk": "900TiB"})

    told = of_level(Level.FAILURE, looked_at(tmp_path))

    assert {each.remedy for each in told} == {"Free disk space, or lower limits.min_free_disk."}
    assert len(told) == 2


def test_a_share_that_is_not_mounted_is_a_failure(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.state.mkdir()
    with closing(Ledger(house.state / "ledger.sqlite3")) as ledger:
        MountGuard({"inbox": house.inbox}, ledger).prepare(["inbox"])
    (house.inbox / MARKER).unlink()
    before = {each: each.read_bytes() for each in house.state.iterdir()}

    told = of_level(Level.FAILURE, looked_at(tmp_path))

    assert {each: each.read_bytes() for each in house.state.iterdir()} == before
    assert [each.what for each in told] == ["inbox is not the folder the daemon has used"]
    assert "lost its marker" in told[0].why


def test_each_weakness_says_which_promise_degrades_to_what(tmp_path: Path) -> None:
    place = replace(
        folder.answer(str(tmp_path), watched=False),
        new_names="EINVAL",
        link="EPERM",
        sync="EINVAL",
        lease="EINVAL",
        silence="nfs4 does not report changes by other machines",
        remote="nfs4",
    )

    told = {
        each.what: each
        for name in ("state", "inbox", "archive")
        for each in folders.judged(name, Path(name), place, Config())
    }

    assert told["state state is on nfs4"].level is Level.FAILURE
    assert told["archive archive has no rename without replacing"].level is Level.WARNING
    assert told["archive archive cannot be synced"].level is Level.WARNING
    assert told["inbox inbox does not support leases"].remedy.startswith(
        "Set watch.quiet to 30s"
    )
    assert told["inbox inbox is polled"].level is Level.NOTE


def test_hard_links_do_where_a_rename_may_replace(tmp_path: Path) -> None:
    place = replace(folder.answer(str(tmp_path), watched=False), new_names="EINVAL")

    (told,) = folders.judged("outbox", tmp_path, place, Config())

    assert told.level is Level.NOTE
    assert "a file briefly has two names" in told.why


def test_an_inbox_that_may_only_be_read_still_works(tmp_path: Path) -> None:
    place = replace(folder.answer(str(tmp_path), watched=False), refusal="Read-only")

    (inbox,) = folders.judged("inbox", tmp_path, place, Config())
    (outbox,) = folders.judged("outbox", tmp_path, place, Config())

    assert (inbox.level, outbox.level) == (Level.WARNING, Level.FAILURE)


def looked_at(root: Path) -> list[Finding]:
    return list(folders.findings(configured(root)))


def of_level(level: Level, found: list[Finding]) -> list[Finding]:
    return [each for each in found if each.level is level]
