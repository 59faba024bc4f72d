"""What is left of uploads that were killed with the daemon."""

import os
import re
import stat
from pathlib import Path

import structlog

from transcribid.web.uploads import BEGINNING, END, FOLDER

log = structlog.get_logger()

_PART = re.compile(rf"{re.escape(BEGINNING)}[a-z0-9_]{{8}}{re.escape(END)}")  # as tempfile does


def clear(inbox: Path) -> None:
    """Remove them, before any upload begins; where the inbox refuses, they only stay."""
    for folder in (inbox.resolve(), inbox.resolve() / FOLDER):
        try:
            removed = [path.name for path in _parts(folder) if _removed(path)]
        except FileNotFoundError:
            continue  # nothing came in forms yet
        except OSError as error:
            log.warning("uploads.kept", folder=str(folder), message=error.strerror)
            continue
        if removed:
            log.info("uploads.removed", folder=str(folder), count=len(removed))


def _parts(folder: Path) -> list[Path]:
    if folder.is_symlink():
        return []  # whose files these are, nobody knows
    return [path for path in folder.iterdir() if _PART.fullmatch(path.name)]


def _removed(path: Path) -> bool:
    """Only of ours: others may have files of such a name, too."""
    facts = path.lstat()
    if not stat.S_ISREG(facts.st_mode) or facts.st_uid != os.geteuid():
        return False
    path.unlink()
    return True
