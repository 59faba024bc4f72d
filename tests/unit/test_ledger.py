"""A ledger of an earlier version goes on where it was."""

import os
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from importlib import resources
from pathlib import Path

import pytest

from transcribid.domain.job import JobId, Source, State
from transcribid.ledger import Ledger, open_ledger

SCRIPT = resources.files("transcribid.ledger").joinpath("schema.sql").read_text()


def shapes(path: Path) -> set[tuple[str, str]]:
    with closing(sqlite3.connect(path)) as db:
        rows = db.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")
        return {(name, "".join(sql.replace('"', "").split())) for name, sql in rows}


def second_version(path: Path) -> None:
    """As it was before jobs could be diarizing, with two of them."""
    script = SCRIPT.replace(" 'diarizing',", "").replace("user_version = 4", "user_version = 2")
    for column in ("losses    ", "deaths    ", "starvations"):
        script = script.replace(f"    {column} INTEGER NOT NULL DEFAULT 0,\n", "")
    with closing(sqlite3.connect(path)) as db, db:
        db.executescript(script)
        for name, state in ((b"done.wav", "done"), (b"waits.wav", "running")):
            job = db.execute(
                "INSERT INTO job (name, size, mtime_ns, admitted, state, urgent, attempt)"
                " VALUES (?, 1, 2, 3.0, ?, 1, 7)",
                (name, state),
            )
            db.execute(
                "INSERT INTO history VALUES (?, 3.0, 'queued', 'Admitted', '')", [job.lastrowid]
            )


def test_a_second_version_becomes_the_latest_with_all_that_is_in_it(tmp_path: Path) -> None:
    second_version(tmp_path / "old")
    with closing(Ledger(tmp_path / "new")), closing(Ledger(tmp_path / "old")) as ledger:
        ledger.add([Source("new.wav", 5, 6)], at=7.0)

        waits, new = ledger.unfinished()
        assert (waits.id, waits.source, waits.attempt) == (2, Source("waits.wav", 1, 2), 7)
        assert (waits.urgent, new.urgent, new.id) == (True, False, 3)
        assert ledger.get(JobId(1)).state is State.DONE
        assert [moment.event for moment in ledger.history(JobId(1))] == ["Admitted"]
        assert shapes(tmp_path / "old") == shapes(tmp_path / "new")


def test_what_is_no_file_is_put_aside_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "ledger")

    ledger, aside = open_ledger(tmp_path / "ledger")

    with closing(ledger):
        assert aside
        assert aside.is_fifo()
        assert ledger.unfinished() == []


def test_one_that_is_only_looked_at_stays_of_its_version(tmp_path: Path) -> None:
    second_version(tmp_path / "old")
    before = (tmp_path / "old").read_bytes()

    with closing(Ledger(tmp_path / "old", upgrade=False)) as ledger:
        assert ledger.fact("anything") is None

    assert (tmp_path / "old").read_bytes() == before


def test_a_damaged_ledger_is_closed_put_aside_and_begun_anew(tmp_path: Path) -> None:
    path = tmp_path / "ledger"
    path.write_bytes(b"no database at all" * 1000)

    ledger, aside = open_ledger(path)

    with closing(ledger):
        assert aside
        assert aside.read_bytes() == b"no database at all" * 1000
        assert ledger.unfinished() == []
        assert open_files(tmp_path) == {path.name, f"{path.name}-wal", f"{path.name}-shm"}


@pytest.mark.parametrize(
    "script", ["PRAGMA user_version = 2", "CREATE TABLE others (id)"], ids=["empty", "others'"]
)
def test_one_without_our_tables_is_put_aside(tmp_path: Path, script: str) -> None:
    path = tmp_path / "ledger"
    with closing(sqlite3.connect(path)) as db:
        db.execute(script)

    ledger, aside = open_ledger(path)

    with closing(ledger):
        assert aside
        assert ledger.unfinished() == []


def open_files(folder: Path) -> set[str]:
    """Names of what this process has open there."""
    targets = [each.readlink() for each in Path("/proc/self/fd").iterdir() if each.is_symlink()]
    return {target.name for target in targets if target.parent == folder}


def test_a_quick_one_is_found_behind_any_number_of_others(tmp_path: Path) -> None:
    """Without a look at each of them, for it is asked several times a second."""
    large = [Source(f"{number}.wav", 50_000_000, 1) for number in range(20_000)]
    with closing(Ledger(tmp_path / "ledger")) as ledger:
        ledger.add(large, at=1.0)
        assert ledger.next(2.0, quick=True) is None
        ledger.add([Source("quick.wav", 1000, 1)], at=1.0)

        assert took(lambda: ledger.next(2.0, quick=True)) < 20 * took(lambda: ledger.next(2.0))
        quick = ledger.next(2.0, quick=True)

    assert quick
    assert quick.source.name == "quick.wav"


def took(ask: Callable[[], object]) -> float:
    """Processor seconds for a hundred times."""
    began = time.process_time()
    for _ in range(100):
        ask()
    return time.process_time() - began
