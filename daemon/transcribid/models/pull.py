"""From a repository to a model in the store: complete and verified, or not at all."""

import errno
import os
import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from transcribid.models import ModelError, check, installing, kinds, manifest
from transcribid.models.fetch import fetch
from transcribid.models.hub import Hub, RemoteFile, Snapshot
from transcribid.models.manifest import Manifest, ManifestEntry
from transcribid.models.names import ModelName
from transcribid.models.store import ModelPlace
from transcribid.storage import files

_MAIN = "main"
_MARGIN = 16 << 20  # bytes that a file system needs for itself
_FULL = (errno.ENOSPC, errno.EDQUOT)
_FORBIDDEN = (errno.EACCES, errno.EPERM)

Progress = Callable[[int, int], object]
"""Gets the number of bytes of the model fetched so far, and in total."""


@dataclass(frozen=True, slots=True)
class Pulled:
    folder: Path
    manifest: Manifest
    fetched: bool  # False: it was already complete


def pull(
    model: ModelName,
    store: Path,
    *,
    revision: str | None,
    environment: Mapping[str, str],
    progress: Progress,
) -> Pulled:
    """Raises ModelError; what has been fetched is kept for the next attempt."""
    try:
        with Hub(environment) as hub:
            snapshot = hub.snapshot(model.repository, revision or _MAIN)
            wanted = _wanted(snapshot)
            with installing.locked(place := ModelPlace(store, model.name)):
                return _pull(hub, snapshot, wanted, place, progress)
    except OSError as error:
        raise _storage(error, store) from error


def _pull(
    hub: Hub,
    snapshot: Snapshot,
    wanted: list[RemoteFile],
    place: ModelPlace,
    progress: Progress,
) -> Pulled:
    installing.tidy(place, wanted)
    if (before := _intact(place.final, snapshot.commit)) is not None:
        files.remove(place.part)
        return Pulled(place.final, before, fetched=False)
    files.make_folder(place.part)
    _reuse(place, wanted)
    _check_room(place, wanted)
    _fetch_all(hub, snapshot, wanted, place.part, progress)
    made = _manifest(place, snapshot, wanted)
    files.write(place.part / manifest.NAME, manifest.encoded(made))
    installing.install(place)
    return Pulled(place.final, made, fetched=True)


def _wanted(snapshot: Snapshot) -> list[RemoteFile]:
    """The files to fetch. Names come from the network, so only a model's own are accepted."""
    kind = kinds.of({remote.name for remote in snapshot.files})
    found = {remote.name: remote for remote in snapshot.files if remote.name in kind.files}
    if missing := kind.missing_parts(found):
        message = f"{snapshot.repository} does not hold {kind.article}"
        raise ModelError(f"{message}: it lacks {', '.join(missing)}.", kind.advice)
    return list(found.values())


def _intact(folder: Path, commit: str) -> Manifest | None:
    """The manifest of the installed model if it is of this commit and intact."""
    found = installing.installed(folder)
    if found is None or found.revision != commit or check.thorough(folder, lambda _: None):
        return None
    return found


def _reuse(place: ModelPlace, wanted: list[RemoteFile]) -> None:
    """Hard-link the files that are unchanged: most commits do not touch the weights."""
    if (before := installing.installed(place.final)) is None:
        return
    for remote in wanted:
        entry = before.files.get(remote.name)
        here, there = place.final / remote.name, place.part / remote.name
        if entry and entry.sha256 == remote.sha256 and here.is_file() and not there.exists():
            files.make_folder(there.parent)
            with suppress(OSError):  # without hard links, it is fetched again
                os.link(here, there)


def _check_room(place: ModelPlace, wanted: list[RemoteFile]) -> None:
    there = sum(path.stat().st_size for path in place.part.rglob("*") if path.is_file())
    missing = sum(remote.size for remote in wanted) - there
    room = shutil.disk_usage(place.store).free - _MARGIN
    if missing > room:
        message = f"{missing >> 20} MiB are missing, and {place.store} has room for"
        raise ModelError(f"{message} {max(0, room) >> 20} MiB.", "Make room, then pull again.")


def _fetch_all(
    hub: Hub, snapshot: Snapshot, wanted: list[RemoteFile], part: Path, progress: Progress
) -> None:
    total, done = sum(remote.size for remote in wanted), 0
    for remote in wanted:
        before = done
        fetch(hub, snapshot, remote, part, lambda size, b=before: progress(b + size, total))
        done += remote.size


def _manifest(place: ModelPlace, snapshot: Snapshot, wanted: list[RemoteFile]) -> Manifest:
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
