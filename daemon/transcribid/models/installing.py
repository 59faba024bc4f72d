"""Installs a model in the store: one pull at a time, replacing the old model at the end."""

import fcntl
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePath

from transcribid.models import ModelError, manifest
from transcribid.models.fetch import partial_name
from transcribid.models.hub import RemoteFile
from transcribid.models.manifest import Manifest
from transcribid.models.store import ModelPlace
from transcribid.storage import files


@contextmanager
def locked(place: ModelPlace) -> Generator[None]:
    """Holds the lock of the place. Raises ModelError if another pull has it."""
    files.make_folder(place.store)
    with place.lock.open("ab") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            message = f"Another pull of {place.name} is at work."
            raise ModelError(message, "Wait until it ends.") from error
        yield


def tidy(place: ModelPlace, wanted: list[RemoteFile]) -> None:
    """Remove leftovers of earlier pulls, except those that this one can use."""
    if place.final.is_dir():
        files.remove(place.aside)
    elif place.aside.is_dir():
        place.aside.rename(place.final)
    if place.part.is_dir():
        useful = {place.part / path for each in wanted for path in _paths(each)}
        for path in list(place.part.rglob("*")):
            if path not in useful:
                files.remove(path)


def installed(folder: Path) -> Manifest | None:
    """The manifest of the model there; None if there is none or it cannot be read."""
    try:
        found = manifest.read(folder)
    except manifest.Unreadable:
        return None
    if found is None and folder.exists():
        message = f"{folder} lies in the way, and no pull put it there."
        raise ModelError(message, "Move it away, or use it under this path.")
    return found


def install(place: ModelPlace) -> None:
    """Between the two renames, the previous model is found aside."""
    for path in (*place.part.rglob("*/"), place.part):
        files.sync(path)
    if place.final.exists():
        place.final.rename(place.aside)
    place.part.rename(place.final)
    files.sync(place.store)
    files.remove(place.aside)


def _paths(remote: RemoteFile) -> Iterator[PurePath]:
    """Its final path, its partial path, and their parent folders."""
    path = PurePath(remote.name)
    yield from (path, PurePath(partial_name(remote)), *path.parents)
