"""What was said is nobody else's, whatever the umask."""

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from queue import SimpleQueue

import pytest

from support.window_results import window_result
from transcribid.domain.job import Job, JobId, Source
from transcribid.ledger import open_ledger
from transcribid.storage import files
from transcribid.storage.checkpoints import Checkpoint, Checkpoints
from transcribid.storage.staging import Outcome, Staging


@pytest.fixture(autouse=True)
def open_to_all() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def modes(folder: Path) -> set[str]:
    return {oct(path.stat().st_mode)[-3:] for path in folder.iterdir()}


def mode(folder: Path) -> str:
    return oct(folder.stat().st_mode)[-3:]


def test_what_was_open_to_all_is_closed(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir(mode=0o777)
    (tmp_path / "kept/1.json").touch(mode=0o666)

    files.make_private(tmp_path / "kept")

    assert (mode(tmp_path / "kept"), modes(tmp_path / "kept")) == ("700", {"600"})


def test_what_was_heard_and_what_is_owed_are_private(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path / "heard")
    checkpoints.add(JobId(1), Checkpoint(1, window_result(0)))
    checkpoints.retain(JobId(1), "ab12")

    assert (mode(tmp_path / "heard"), modes(tmp_path / "heard")) == ("700", {"600"})
    assert len(checkpoints.read("ab12")) == 1


def test_a_staged_copy_is_private(tmp_path: Path) -> None:
    recording = tmp_path / "talk.mp3"
    recording.write_bytes(b"talk")
    facts = recording.stat()
    outcomes: SimpleQueue[Outcome] = SimpleQueue()
    staging = Staging(
        tmp_path / "staged",
        tmp_path,
        lambda _, outcome: outcomes.put(outcome),
        max_size=1 << 20,
        trouble=lambda: None,
    )
    staging.clear()
    source = Source("talk.mp3", facts.st_size, facts.st_mtime_ns)
    staging.start(Job(JobId(1), source, admitted=0.0))
    outcomes.get(timeout=60.0)
    staging.close()

    assert (mode(tmp_path / "staged"), modes(tmp_path / "staged")) == ("700", {"600"})


def test_the_ledger_is_private_with_all_that_belongs_to_it(tmp_path: Path) -> None:
    (tmp_path / "ledger.aside-1").touch()

    with closing(open_ledger(tmp_path / "ledger.sqlite3")[0]):
        assert len(list(tmp_path.iterdir())) == 4
        assert modes(tmp_path) == {"600"}
