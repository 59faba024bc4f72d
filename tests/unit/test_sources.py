"""The only copy of a recording is never taken for a second one."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from transcribid.domain.job import Failure, FailureKind, Job, JobId, Source
from transcribid.storage import files, relocate
from transcribid.storage.archive import Archive
from transcribid.storage.quarantine import Quarantine
from transcribid.storage.relocate import Parting

SOUND = b"the only copy"
BAD = Failure(FailureKind.BAD_INPUT, "It is not a recording.")


@pytest.fixture(autouse=True)
def folders(tmp_path: Path) -> None:
    for name in ("inbox", "archive", "quarantine"):
        (tmp_path / name).mkdir()


def dropped(root: Path, name: str = "a.ogg") -> Job:
    path = root / "inbox" / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(SOUND)
    facts = path.stat()
    source = Source(name, facts.st_size, facts.st_mtime_ns)
    return Job(JobId(1), source, admitted=0.0, failure=BAD)


def archived(root: Path, job: Job) -> bool:
    return Archive(root / "archive", root / "inbox", "archive").put_away(job)


def quarantined(root: Path, job: Job) -> bool:
    return Quarantine(root / "quarantine", root / "inbox").admit(job, [])


PLACES = pytest.mark.parametrize(
    ("place", "put"), [("archive", archived), ("quarantine", quarantined)]
)
Put = Callable[[Path, Job], bool]


@PLACES
def test_a_link_to_a_recording_is_no_copy_of_it(tmp_path: Path, place: str, put: Put) -> None:
    job, link = dropped(tmp_path), tmp_path / place / "a.ogg"
    link.symlink_to("../inbox/a.ogg")

    assert put(tmp_path, job)

    assert link.is_symlink()
    assert (tmp_path / place / "a (2).ogg").read_bytes() == SOUND


@PLACES
def test_a_second_name_of_the_file_keeps_it(tmp_path: Path, place: str, put: Put) -> None:
    job = dropped(tmp_path)
    os.link(tmp_path / "inbox/a.ogg", tmp_path / place / "a.ogg")

    assert put(tmp_path, job)

    assert [path.name for path in (tmp_path / place).glob("*.ogg")] == ["a.ogg"]
    assert (tmp_path / place / "a.ogg").read_bytes() == SOUND
    assert not (tmp_path / "inbox/a.ogg").exists()


def test_a_folder_that_leads_back_takes_nothing(tmp_path: Path) -> None:
    job = dropped(tmp_path, "talks/a.ogg")
    for place in ("archive", "quarantine"):
        (tmp_path / place / "talks").symlink_to("../inbox/talks")

    assert archived(tmp_path, job)
    with pytest.raises(PermissionError, match="leads back"):
        quarantined(tmp_path, job)

    assert [path.name for path in (tmp_path / "inbox/talks").iterdir()] == ["a.ogg"]


def test_a_link_is_not_what_was_archived(tmp_path: Path) -> None:
    job, theirs = dropped(tmp_path), tmp_path / "theirs.ogg"
    (tmp_path / "inbox/a.ogg").rename(theirs)
    (tmp_path / "archive/a.ogg").symlink_to(theirs)

    with pytest.raises(FileNotFoundError):
        Archive(tmp_path / "archive", tmp_path / "inbox", "archive").restore(job)

    assert (tmp_path / "archive/a.ogg").is_symlink()


@pytest.mark.parametrize("link", [os.symlink, os.link])
def test_what_we_write_never_goes_through_a_link(
    tmp_path: Path, link: Callable[[Path, Path], None]
) -> None:
    theirs = tmp_path / "theirs"
    theirs.write_bytes(SOUND)
    link(theirs, tmp_path / ".report.txt.part")

    files.publish(tmp_path / "report.txt", b"a report")

    assert theirs.read_bytes() == SOUND
    assert (tmp_path / "report.txt").read_bytes() == b"a report"


def test_a_copy_that_lies_there_already_is_kept_once(tmp_path: Path) -> None:
    job = dropped(tmp_path)
    (tmp_path / "archive/a.ogg").write_bytes(SOUND)

    parting, place = relocate.move(tmp_path / "inbox/a.ogg", tmp_path / "archive/a.ogg", job)

    assert (parting, place) == (Parting.MOVED, tmp_path / "archive/a.ogg")
    assert not (tmp_path / "inbox/a.ogg").exists()
