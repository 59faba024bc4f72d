"""Leftovers of uploads that were interrupted when the daemon was killed."""

import os
import re
import stat
from pathlib import Path

import structlog

from transcribid.web.uploads import BEGINNING, END, FOLDER

log = structlog.get_logger()

_PART = re.compile(rf"{re.escape(BEGINNING)}[a-z0-9_]{{8}}{re.escape(END)}")  # as tempfile does


def clear(inbox: Path) -> None:
    """Remove them before any upload begins; where that fails, they stay."""
    for folder in (inbox.resolve(), inbox.resolve() / FOLDER):
        try:
            removed = [path.name for path in _parts(folder) if _remove(path)]
        except FileNotFoundError:
            continue  # no form has been uploaded yet
        except OSError as error:
            log.warning("uploads.kept", folder=str(folder), message=error.strerror)
            continue
        if removed:
            log.info("uploads.removed", folder=str(folder), count=len(removed))


def _parts(folder: Path) -> list[Path]:
    if folder.is_symlink():
        return []  # it may hold foreign files
    return [path for path in folder.iterdir() if _PART.fullmatch(path.name)]


def _remove(path: Path) -> bool:
    """Remove a part file if it is ours (others may use such names); return whether it was."""
    facts = path.lstat()
    if not stat.S_ISREG(facts.st_mode) or facts.st_uid != os.geteuid():
        return False
    path.unlink()
    return True
