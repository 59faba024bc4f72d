"""A file in quarantine has its report, and comes back as the file it was."""

import errno
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from transcribid.domain.job import Failure, FailureKind, Job, JobId, Source, State
from transcribid.storage import files
from transcribid.storage.quarantine import Quarantine

BAD = Failure(FailureKind.BAD_INPUT, "It is not a recording.")


@pytest.fixture
def quarantine(tmp_path: Path) -> Quarantine:
    for name in ("inbox", "quarantine"):
        (tmp_path / name).mkdir()
    return Quarantine(tmp_path / "quarantine", tmp_path / "inbox")


def condemned(root: Path, number: int, content: bytes) -> Job:
    path = root / "inbox" / "talk.mp3"
    path.write_bytes(content)
    facts = path.stat()
    source = Source("talk.mp3", facts.st_size, facts.st_mtime_ns)
    return replace(Job(JobId(number), source, admitted=0.0), failure=BAD)


def test_of_two_files_of_one_name_the_right_one_comes_back(
    tmp_path: Path, quarantine: Quarantine
) -> None:
    first = condemned(tmp_path, 1, b"the first")
    quarantine.admit(first, [])
    second = condemned(tmp_path, 2, b"the second one")
    quarantine.admit(second, [])
    assert sorted(path.name for path in (tmp_path / "quarantine").iterdir()) == [
        "talk (2).mp3",
        "talk (2).mp3.report.txt",
        "talk.mp3",
        "talk.mp3.report.txt",
    ]

    quarantine.restore(second)

    assert (tmp_path / "inbox/talk.mp3").read_bytes() == b"the second one"
    assert sorted(path.name for path in (tmp_path / "quarantine").iterdir()) == [
        "talk.mp3",
        "talk.mp3.report.txt",
    ]


def test_a_file_that_was_mended_in_quarantine_comes_back_by_its_name(
    tmp_path: Path, quarantine: Quarantine
) -> None:
    job = condemned(tmp_path, 1, b"bad")
    quarantine.admit(job, [])
    (tmp_path / "quarantine/talk.mp3").write_bytes(b"mended")

    quarantine.restore(job)

    assert (tmp_path / "inbox/talk.mp3").read_bytes() == b"mended"


def test_nothing_in_the_inbox_is_overwritten(tmp_path: Path, quarantine: Quarantine) -> None:
    job = condemned(tmp_path, 1, b"bad")
    quarantine.admit(job, [])
    (tmp_path / "inbox/talk.mp3").write_bytes(b"another")

    with pytest.raises(FileExistsError):
        quarantine.restore(job)


def test_a_file_that_is_gone_cannot_come_back(tmp_path: Path, quarantine: Quarantine) -> None:
    job = condemned(tmp_path, 1, b"bad")
    quarantine.admit(job, [])
    (tmp_path / "quarantine/talk.mp3").unlink()

    with pytest.raises(FileNotFoundError):
        quarantine.restore(job)


def test_what_was_removed_is_known_without_looking_into_files(
    tmp_path: Path, quarantine: Quarantine
) -> None:
    first = condemned(tmp_path, 1, b"the first")
    quarantine.admit(first, [])
    second = condemned(tmp_path, 2, b"the second one")
    quarantine.admit(second, [])
    nested = Source("a/talk.mp3", 1, 2)
    jobs = [replace(job, state=State.QUARANTINED) for job in (first, second)]
    jobs.append(replace(jobs[0], id=JobId(3), source=nested))

    assert quarantine.gone(jobs) == [jobs[2]]
    (tmp_path / "quarantine/talk.mp3").unlink()
    assert quarantine.gone(jobs) == [jobs[0], jobs[2]]
    (tmp_path / "quarantine/talk (2).mp3").unlink()
    assert quarantine.gone(jobs) == jobs
    (tmp_path / "inbox/talk.mp3").touch()
    assert quarantine.gone(jobs) == [jobs[2]]
    assert quarantine.gone([replace(jobs[2], state=State.CANCELLED)]) == []


def test_a_file_comes_back_from_another_disk(tmp_path: Path) -> None:
    memory = Path("/dev/shm")
    if not memory.is_dir() or memory.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("needs a second file system in /dev/shm")
    (tmp_path / "inbox").mkdir()
    with tempfile.TemporaryDirectory(dir=memory) as elsewhere:
        quarantine = Quarantine(Path(elsewhere), tmp_path / "inbox")
        job = condemned(tmp_path, 1, b"bad")
        (tmp_path / "inbox/talk.mp3").chmod(0o640)
        moved = quarantine.admit(job, [])
        gone = not (tmp_path / "inbox/talk.mp3").exists()
        quarantine.restore(job)

        assert moved
        assert gone
        assert (tmp_path / "inbox/talk.mp3").read_bytes() == b"bad"
        assert (tmp_path / "inbox/talk.mp3").stat().st_mode & 0o777 == 0o640
        assert not (Path(elsewhere) / "talk.mp3").exists()
        assert not list((tmp_path / "inbox").glob(".*"))


def test_where_files_stay_only_the_report_comes(tmp_path: Path) -> None:
    (tmp_path / "inbox").mkdir()
    keeping = Quarantine(tmp_path / "quarantine", tmp_path / "inbox", stays=True)
    job = condemned(tmp_path, 7, b"bad")

    assert [keeping.admit(job, []), keeping.admit(job, [])] == [False, False]

    assert (tmp_path / "inbox/talk.mp3").read_bytes() == b"bad"
    [text] = [path.read_text() for path in (tmp_path / "quarantine").iterdir()]
    assert "It stays in the inbox" in text
    assert "transcribid retry 7" in text
    keeping.forget("talk.mp3")
    assert not list((tmp_path / "quarantine").iterdir())


def test_a_report_on_a_file_that_could_not_be_moved_says_that_it_stays(
    tmp_path: Path, quarantine: Quarantine, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = files.name_new

    def refuse(part: Path, name: Path) -> None:
        if part.parent.name == "inbox":
            raise PermissionError(errno.EPERM, "not ours", str(part))
        named(part, name)

    monkeypatch.setattr(files, "name_new", refuse)
    job = condemned(tmp_path, 1, b"bad")

    assert [quarantine.admit(job, []), quarantine.admit(job, [])] == [False, False]

    [report] = (tmp_path / "quarantine").iterdir()
    assert "It stays in the inbox" in report.read_text()
