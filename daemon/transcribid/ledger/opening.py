"""Opens the ledger; one that cannot be used is put aside.

    sound                          used
    newer than this program        refused, and nothing is changed
    damaged, older, no ledger      renamed; a new one is filled from the folders

A ledger that cannot be read at the moment (locked, full, no permission) is not damaged.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

from transcribid.ledger.ledger import Ledger
from transcribid.storage import files

FILE_NAME = "ledger.sqlite3"  # in the state folder
_VERSION = 5  # of schema.sql
_TABLES = frozenset(("job", "history", "fact"))  # without which it is no ledger


class LedgerNewer(sqlite3.NotSupportedError):
    """A newer transcribid wrote it, and this one must not touch it."""


def open_ledger(path: Path) -> tuple[Ledger, Path | None]:
    """Open the ledger; one that is damaged or older is put aside.

    Returns the ledger, and where the old one was moved.
    Raises LedgerNewer, without changing anything.
    """
    if path.exists() and not path.is_file():
        return _start_anew(path)
    _hide(path)
    try:
        return _open_sound(path), None
    except LedgerNewer:
        raise
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.OperationalError):
            raise  # locked, full or unreadable: not damage
        return _start_anew(path)


def _start_anew(path: Path) -> tuple[Ledger, Path]:
    aside = path.with_suffix(f".aside-{path.stat().st_mtime_ns}")
    path.replace(aside)
    for tail in ("-wal", "-shm"):
        path.with_name(path.name + tail).unlink(missing_ok=True)
    _hide(path)
    return Ledger(path), aside


def _hide(path: Path) -> None:
    """Make it private, as well as those that were put aside: its contents are personal."""
    if not path.exists():
        path.touch(files.PRIVATE)
    for each in path.parent.glob(f"{path.stem}.*"):
        files.hide(each)


def _open_sound(path: Path) -> Ledger:
    """Raises sqlite3.DatabaseError if it is damaged."""
    _check_kind(path)
    ledger = Ledger(path)
    try:
        _check(path)
    except sqlite3.Error:
        ledger.close()
        raise
    return ledger


def _check_kind(path: Path) -> None:
    """Read-only. Raises LedgerNewer, or DatabaseError if it is no usable ledger."""
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as db:
        version = db.execute("PRAGMA user_version").fetchone()[0]
        rows = db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        tables = {row[0] for row in rows}
    if version > _VERSION:
        raise LedgerNewer(
            f"{path} was written by a newer transcribid: its version is {version};"
            f" this one knows {_VERSION}. Install the newer one, or move the ledger away"
        )
    if 0 < version < _VERSION:
        raise sqlite3.DatabaseError("it was written by an older transcribid")
    if not (tables >= _TABLES if version else not tables):
        raise sqlite3.DatabaseError("it does not have the tables of a ledger")


def _check(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        verdict = db.execute("PRAGMA quick_check(1)").fetchone()[0]
    if verdict != "ok":
        raise sqlite3.DatabaseError(verdict)
