"""What becomes of a ledger that is old, damaged or none at all."""

import os
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from importlib import resources
from pathlib import Path

import pytest

from transcribid.domain.job import Source
from transcribid.ledger import Ledger, open_ledger

SCRIPT = resources.files("transcribid.ledger").joinpath("schema.sql").read_text()


def test_an_older_version_is_put_aside_whole(tmp_path: Path) -> None:
    path = tmp_path / "ledger"
    with closing(sqlite3.connect(path)) as db:
        db.executescript(SCRIPT.replace("user_version = 5", "user_version = 4"))

    ledger, aside = open_ledger(path)

    with closing(ledger):
        assert aside
        assert ledger.unfinished() == []
        ledger.add([Source("new.wav", 5, 6)], at=7.0)
    with closing(sqlite3.connect(aside)) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (4,)


def test_what_is_no_file_is_put_aside_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "ledger")

    ledger, aside = open_ledger(tmp_path / "ledger")

    with closing(ledger):
        assert aside
        assert aside.is_fifo()
        assert ledger.unfinished() == []


def test_one_that_is_only_looked_at_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "old"
    with closing(sqlite3.connect(path)) as db:
        db.executescript(SCRIPT.replace("user_version = 5", "user_version = 4"))
    before = path.read_bytes()

    with closing(Ledger(path, untouched=True)) as ledger:
        assert ledger.fact("anything") is None

    assert path.read_bytes() == before


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
    "script", ["PRAGMA user_version = 5", "CREATE TABLE others (id)"], ids=["empty", "others'"]
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
