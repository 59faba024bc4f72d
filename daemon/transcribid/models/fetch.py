"""Fetches one file of a repository: resumes where it stopped, and verifies the result."""

import hashlib
import os
import time
from collections.abc import Callable
from pathlib import Path

from transcribid.models import ModelError
from transcribid.models.hub import Hub, Interrupted, RemoteFile, Snapshot
from transcribid.storage import files

_PAUSES = (1.0, 2.0, 4.0, 8.0)  # seconds after each interruption without progress
_PULL_AGAIN = "Pull again: it goes on where it stopped."

OnProgress = Callable[[int], object]
"""Gets the number of bytes of the file that have been fetched."""


def fetch(
    hub: Hub, snapshot: Snapshot, remote: RemoteFile, folder: Path, on_progress: OnProgress
) -> None:
    """A file that is already in the folder and valid is kept.

    Raises:
        ModelError: it cannot be fetched, or is not what the repository holds.
        OSError: it cannot be written.
    """
    path = folder / remote.name
    files.make_folder(path.parent)
    if not _is_valid(path, remote):
        path.unlink(missing_ok=True)
        partial = folder / partial_name(remote)
        _complete(hub, snapshot, remote, partial, on_progress)
        partial.replace(path)
    on_progress(remote.size)


def partial_name(remote: RemoteFile) -> str:
    """Differs between versions of a file, so that one is never resumed as the other."""
    return f"{remote.name}.{(remote.sha256 or remote.blob)[:16]}.part"


def _complete(
    hub: Hub, snapshot: Snapshot, remote: RemoteFile, partial: Path, on_progress: OnProgress
) -> None:
    resumed = _size(partial) > 0
    _fill(hub, snapshot, remote, partial, on_progress)
    if _is_valid(partial, remote):
        return
    partial.unlink()
    if resumed:  # the first part may come from before a power cut, with blocks never written
        _complete(hub, snapshot, remote, partial, on_progress)
        return
    message = f"What came as {remote.name} is not what {snapshot.repository} holds."
    raise ModelError(message, "Pull again; if it happens again, ask who runs your proxy.")


def _fill(
    hub: Hub, snapshot: Snapshot, remote: RemoteFile, partial: Path, on_progress: OnProgress
) -> None:
    pauses = iter(_PAUSES)
    while True:
        before = _size(partial)
        try:
            _append(hub, snapshot, remote, partial, on_progress)
        except Interrupted as error:
            pauses = iter(_PAUSES) if _size(partial) > before else pauses
            if (pause := next(pauses, None)) is None:
                raise ModelError(
                    f"The connection breaks again and again: {error}.", _PULL_AGAIN
                ) from error
            time.sleep(pause)
        else:
            return


def _append(
    hub: Hub, snapshot: Snapshot, remote: RemoteFile, partial: Path, on_progress: OnProgress
) -> None:
    """Raises Interrupted if the file is still incomplete."""
    with partial.open("ab") as file:
        if file.tell() < remote.size:
            with hub.content(snapshot, remote.name, file.tell()) as (start, blocks):
                file.truncate(start)
                file.seek(start)
                for block in blocks:
                    file.write(block)
                    file.flush()  # kept even if the process is killed
                    on_progress(file.tell())
                    if file.tell() > remote.size:
                        return
        if file.tell() < remote.size:
            raise Interrupted("it ended early")
        os.fsync(file.fileno())


def _is_valid(path: Path, remote: RemoteFile) -> bool:
    if not path.is_file() or _size(path) != remote.size:
        return False
    if remote.sha256:
        return files.sha256(path) == remote.sha256
    content = path.read_bytes()  # files in git itself are small
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest() == remote.blob


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0
