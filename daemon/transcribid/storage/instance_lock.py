"""Ensures one daemon for each state folder and each inbox."""

import fcntl
import os
import threading
from pathlib import Path


class AlreadyRunning(Exception):
    """Another daemon holds this folder."""


def lock(state: Path) -> int:
    """Hold the folder for as long as the descriptor is open. Raises AlreadyRunning."""
    lock = os.open(state / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        message = f"Another transcribid is using the state folder {state}."
        raise AlreadyRunning(message) from None
    return lock


class InboxLock:
    """Locks an inbox by its marker file, again whenever it was mounted again.

    Thread-safe.
    """

    def __init__(self, marker: Path) -> None:
        self.weakness = "it has no marker"  # why the lock does not work; empty if it does
        self._marker = marker
        self._held: int | None = None
        self._lock = threading.Lock()

    def trouble(self) -> str | None:
        """Why the inbox is not ours, or None. A missing marker is not checked here."""
        with self._lock:
            try:
                facts = self._marker.lstat()
            except FileNotFoundError:
                return None
            except OSError as error:
                return f"The marker {self._marker} cannot be read: {error.strerror}."
            return None if self._holds(facts) else self._acquire()

    def close(self) -> None:
        with self._lock:
            self._release()

    def _holds(self, facts: os.stat_result) -> bool:
        try:
            return self._held is not None and os.path.samestat(os.fstat(self._held), facts)
        except OSError:  # another machine replaced the file
            return False

    def _acquire(self) -> str | None:
        self._release()
        try:
            self._held = _open(self._marker)
            fcntl.flock(self._held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._release()
            return f"Another transcribid is using the inbox {self._marker.parent}."
        except OSError as error:
            self.weakness = f"file locks do not work: {error.strerror}"
        else:
            self.weakness = ""
        return None

    def _release(self) -> None:
        if self._held is not None:
            os.close(self._held)
            self._held = None


def _open(marker: Path) -> int:
    """For writing if permitted: NFS locks nothing else."""
    flags = os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        return os.open(marker, os.O_RDWR | flags)
    except PermissionError:
        return os.open(marker, os.O_RDONLY | flags)
