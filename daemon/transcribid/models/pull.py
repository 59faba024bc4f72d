"""From a repository to a model in the store: whole, checked, or not there at all."""

import errno
import os
import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from transcribid.models import ModelError, check, installing, kinds, manifest
from transcribid.models.fetch import fetch
from transcribid.models.hub import Hub, Remote, Snapshot
from transcribid.models.manifest import Manifest, ManifestEntry
from transcribid.models.names import Named
from transcribid.models.store import ModelPlace
from transcribid.storage import files

_MAIN = "main"
_MARGIN = 16 << 20  # bytes that a file system wants for itself
_FULL = (errno.ENOSPC, errno.EDQUOT)
_FORBIDDEN = (errno.EACCES, errno.EPERM)

Progress = Callable[[int, int], object]
"""Gets how many bytes of the model are there, and how many there will be."""


@dataclass(frozen=True, slots=True)
class Pulled:
    folder: Path
    manifest: Manifest
    fetched: bool  # False: it was whole already


def pull(
    model: Named,
    store: Path,
    *,
    revision: str | None,
    environment: Mapping[str, str],
    progress: Progress,
) -> Pulled:
    """Raises ModelError; what was fetched until then is kept for the next time."""
    try:
        with Hub(environment) as hub:
            snapshot = hub.snapshot(model.repository, revision or _MAIN)
            wanted = _wanted(snapshot)
            with installing.alone(place := ModelPlace(store, model.name)):
                return _pulled(hub, snapshot, wanted, place, progress)
    except OSError as error:
        raise _storage(error, store) from error


def _pulled(
    hub: Hub,
    snapshot: Snapshot,
    wanted: list[Remote],
    place: ModelPlace,
    progress: Progress,
) -> Pulled:
    installing.tidy(place, wanted)
    if (before := _whole(place.final, snapshot.commit)) is not None:
        files.remove(place.part)
        return Pulled(place.final, before, fetched=False)
    files.make_folder(place.part)
    _reuse(place, wanted)
    _check_room(place, wanted)
    _fetch_all(hub, snapshot, wanted, place.part, progress)
    made = _manifest(place, snapshot, wanted)
    files.write(place.part / manifest.NAME, manifest.written(made))
    installing.install(place)
    return Pulled(place.final, made, fetched=True)


def _wanted(snapshot: Snapshot) -> list[Remote]:
    """Names come from the network: only those that make up a model are ever written."""
    kind = kinds.of({remote.name for remote in snapshot.files})
    found = {remote.name: remote for remote in snapshot.files if remote.name in kind.files}
    if missing := kind.lacking(found):
        message = f"{snapshot.repository} does not hold {kind.article}"
        raise ModelError(f"{message}: it lacks {', '.join(missing)}.", kind.advice)
    return list(found.values())


def _whole(folder: Path, commit: str) -> Manifest | None:
    """What is installed, if it is of this commit and every byte of it is right."""
    said = installing.installed(folder)
    if said is None or said.revision != commit or check.thorough(folder, lambda _: None):
        return None
    return said


def _reuse(place: ModelPlace, wanted: list[Remote]) -> None:
    """Most commits do not touch the weights; those at hand get a second name."""
    if (said := installing.installed(place.final)) is None:
        return
    for remote in wanted:
        entry = said.files.get(remote.name)
        here, there = place.final / remote.name, place.part / remote.name
        if entry and entry.sha256 == remote.sha256 and here.is_file() and not there.exists():
            files.make_folder(there.parent)
            with suppress(OSError):  # a file system without links fetches it again
                os.link(here, there)


def _check_room(place: ModelPlace, wanted: list[Remote]) -> None:
    there = sum(path.stat().st_size for path in place.part.rglob("*") if path.is_file())
    missing = sum(remote.size for remote in wanted) - there
    room = shutil.disk_usage(place.store).free - _MARGIN
    if missing > room:
        message = f"{missing >> 20} MiB are missing, and {place.store} has room for"
        raise ModelError(f"{message} {max(0, room) >> 20} MiB.", "Make room, then pull again.")


def _fetch_all(
    hub: Hub, snapshot: Snapshot, wanted: list[Remote], part: Path, progress: Progress
) -> None:
    total, done = sum(remote.size for remote in wanted), 0
    for remote in wanted:
        before = done
        fetch(hub, snapshot, remote, part, lambda size, b=before: progress(b + size, total))
        done += remote.size


def _manifest(place: ModelPlace, snapshot: Snapshot, wanted: list[Remote]) -> Manifest:
    digests = {
        each.name: each.sha256 or files.sha256(place.part / each.name) for each in wanted
    }
    entries = {each.name: ManifestEntry(each.size, digests[each.name]) for each in wanted}
    return Manifest(place.name, snapshot.repository, snapshot.commit, entries)


def _storage(error: OSError, store: Path) -> ModelError:
    message = f"{error.filename or store}: {error.strerror or error}."
    if error.errno in _FULL:
        return ModelError(message, "Make room, then pull again: it goes on where it stopped.")
    if error.errno in _FORBIDDEN:
        return ModelError(message, f"Pull as the user to whom {store} belongs.")
    return ModelError(message, "Look at that folder and its disk, then pull again.")
