"""One file of a repository: goes on where it stopped, and what came wrong is not kept."""

import hashlib
import os
import time
from collections.abc import Callable
from pathlib import Path

from transcribid.models import ModelError
from transcribid.models.hub import Cut, Hub, Remote, Snapshot
from transcribid.storage import files

_PAUSES = (1.0, 2.0, 4.0, 8.0)  # seconds after each cut, until new bytes come
_AGAIN = "Pull again: it goes on where it stopped."

Told = Callable[[int], object]
"""Gets the number of bytes of this file that are there."""


def fetch(hub: Hub, snapshot: Snapshot, remote: Remote, folder: Path, told: Told) -> None:
    """What lies in the folder under its name and is right stays.

    Raises:
        ModelError: it does not come, or comes wrong.
        OSError: it cannot be kept.
    """
    path = folder / remote.name
    files.make_folder(path.parent)
    if not _is_right(path, remote):
        path.unlink(missing_ok=True)
        partial = folder / partial_name(remote)
        _complete(hub, snapshot, remote, partial, told)
        partial.replace(path)
    told(remote.size)


def partial_name(remote: Remote) -> str:
    """Two versions of a file are two names, so that one never goes on as the other."""
    return f"{remote.name}.{(remote.sha256 or remote.blob)[:16]}.part"


def _complete(hub: Hub, snapshot: Snapshot, remote: Remote, partial: Path, told: Told) -> None:
    resumed = _size(partial) > 0
    _fill(hub, snapshot, remote, partial, told)
    if _is_right(partial, remote):
        return
    partial.unlink()
    if resumed:  # the first part may come from before a power cut, with blocks never written
        _complete(hub, snapshot, remote, partial, told)
        return
    message = f"What came as {remote.name} is not what {snapshot.repository} holds."
    raise ModelError(message, "Pull again; if it happens again, ask who runs your proxy.")


def _fill(hub: Hub, snapshot: Snapshot, remote: Remote, partial: Path, told: Told) -> None:
    pauses = iter(_PAUSES)
    while True:
        before = _size(partial)
        try:
            _append(hub, snapshot, remote, partial, told)
        except Cut as error:
            pauses = iter(_PAUSES) if _size(partial) > before else pauses
            if (pause := next(pauses, None)) is None:
                raise ModelError(
                    f"The connection breaks again and again: {error}.", _AGAIN
                ) from error
            time.sleep(pause)
        else:
            return


def _append(hub: Hub, snapshot: Snapshot, remote: Remote, partial: Path, told: Told) -> None:
    """Raises Cut when some is still missing."""
    with partial.open("ab") as file:
        if file.tell() < remote.size:
            with hub.content(snapshot, remote.name, file.tell()) as (start, blocks):
                file.truncate(start)
                file.seek(start)
                for block in blocks:
                    file.write(block)
                    file.flush()  # also what comes before a kill is kept
                    told(file.tell())
                    if file.tell() > remote.size:
                        return
        if file.tell() < remote.size:
            raise Cut("it ended early")
        os.fsync(file.fileno())


def _is_right(path: Path, remote: Remote) -> bool:
    if not path.is_file() or _size(path) != remote.size:
        return False
    if remote.sha256:
        return files.sha256(path) == remote.sha256
    content = path.read_bytes()  # what git itself holds is small
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest() == remote.blob


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0
