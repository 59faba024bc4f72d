"""One daemon for each state folder."""

import fcntl
import os
from pathlib import Path


class AlreadyRunning(Exception):
    """Another daemon holds this state folder."""


def claimed(state: Path) -> int:
    """Hold the folder for as long as the descriptor is open. Raises AlreadyRunning."""
    lock = os.open(state / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        message = f"Another transcribid runs with the state folder {state}."
        raise AlreadyRunning(message) from None
    return lock
