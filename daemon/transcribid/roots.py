"""The folders we were given: that each is there and is still the one we knew."""

import os
from collections.abc import Mapping
from pathlib import Path

from transcribid import files
from transcribid.ledger import Ledger

MARKER = ".transcribid"


class Roots:
    """An unmounted share is an empty folder; a marker file tells the two apart."""

    def __init__(self, folders: Mapping[str, Path], ledger: Ledger) -> None:
        self._folders = folders
        self._ledger = ledger
        self._marked = {name for name in folders if ledger.fact(_fact(name, folders[name]))}

    def prepare(self) -> None:
        """Create what is missing and mark what is new; a marker that vanished stays missing.

        Raises:
            OSError: a folder cannot be created.
        """
        for name, folder in self._folders.items():
            if name in self._marked:
                continue
            files.make_folder(folder)
            if os.access(folder, os.W_OK):
                (folder / MARKER).touch()
                self._ledger.note(_fact(name, folder), "marked")
                self._marked.add(name)

    def trouble(self, name: str) -> str | None:
        """Why a folder cannot be trusted now, or None."""
        folder = self._folders[name]
        if not folder.is_dir():
            return f"{name} {folder} is not there. Is its disk or share mounted?"
        if name in self._marked and not (folder / MARKER).exists():
            return (
                f"{name} {folder} has lost its marker. Is its disk or share mounted?"
                f" If this really is the {name}, run: touch '{folder / MARKER}'"
            )
        return None


def _fact(name: str, folder: Path) -> str:
    return f"marker {name} {os.fsencode(folder)!r}"
