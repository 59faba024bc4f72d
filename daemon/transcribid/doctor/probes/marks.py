"""Whether the folders are those the daemon has used, rather than unmounted shares."""

import sqlite3
from contextlib import closing
from pathlib import Path

from transcribid.doctor.answers import FolderMarks
from transcribid.ledger import Ledger
from transcribid.service.mount_guard import MountGuard


def answer(ledger: str, folders: dict[str, str]) -> FolderMarks:
    path = Path(ledger)
    if not path.exists():
        return FolderMarks({})  # no daemon has run here yet
    try:
        with closing(Ledger(path, untouched=True)) as known:
            there = {name: Path(each) for name, each in folders.items() if Path(each).is_dir()}
            roots = MountGuard(there, known)
            found = {name: roots.trouble(name) for name in there}
    except sqlite3.Error as error:
        return FolderMarks({"state": f"The ledger {path} cannot be read: {error}."})
    return FolderMarks({name: trouble for name, trouble in found.items() if trouble})
