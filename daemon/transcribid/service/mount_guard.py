"""Checks that each configured folder is there and is still the same one."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from transcribid.ledger import Ledger
from transcribid.storage import files
from transcribid.storage.mounts import read_only

MARKER = ".transcribid"


class MountGuard:
    """An unmounted share looks like an empty folder; a marker file tells them apart."""

    def __init__(self, folders: Mapping[str, Path], ledger: Ledger) -> None:
        self._folders = folders
        self._ledger = ledger
        self._marked = {name for name in folders if ledger.fact(_fact(name, folders[name]))}
        self._prepared: set[str] = set()
        self._read_only: set[str] = set()  # when they were prepared

    def prepare(self, names: Iterable[str]) -> None:
        """Create what is missing and mark what is new; a marker that vanished stays missing.

        Raises:
            OSError: a folder cannot be created.
        """
        for name in set(names) - self._prepared:
            folder = self._folders[name]
            if name not in self._marked:
                files.make_folder(folder)
                self._mark(name, folder)
            if folder.is_dir() and read_only(folder):
                self._read_only.add(name)
            self._prepared.add(name)

    def _mark(self, name: str, folder: Path) -> None:
        if os.access(folder, os.W_OK):
            (folder / MARKER).touch()
            self._ledger.note(_fact(name, folder), "marked")
            self._marked.add(name)

    def was_read_only(self, name: str) -> bool:
        """Whether it was read-only when it was prepared."""
        return name in self._read_only

    def turned_read_only(self) -> bool:
        """Whether any has become read-only since: its disk is failing."""
        return any(read_only(self._folders[name]) for name in self._prepared - self._read_only)

    def trouble(self, name: str) -> str | None:
        """Why a folder cannot be trusted now, or None."""
        try:
            return self._trouble(name, self._folders[name])
        except OSError as error:
            return f"{name} {self._folders[name]}: {error.strerror}. Check its disk."

    def _trouble(self, name: str, folder: Path) -> str | None:
        if not folder.is_dir():
            return f"{name} {folder} does not exist. Is its disk or share mounted?"
        if name not in self._marked or (folder / MARKER).exists():
            return None
        remedy = f"If this really is the {name}, run: touch '{folder / MARKER}'"
        if name == "state":
            remedy = "Restore it and restart transcribid."
        return f"{name} {folder} has lost its marker. Is its disk or share mounted? {remedy}"


def _fact(name: str, folder: Path) -> str:
    return f"marker {name} {os.fsencode(folder)!r}"
