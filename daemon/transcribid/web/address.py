"""The path of the control socket, however deeply its folder is nested."""

import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from transcribid.storage import files

SOCKET = "control.sock"


@contextmanager
def reachable(state: Path) -> Generator[str]:
    """The address of the socket in a state folder.

    unix(7) limits it to 107 bytes, so it is reached through the folder's descriptor.
    """
    with files.opened(state, os.O_RDONLY | os.O_DIRECTORY) as folder:
        yield f"/proc/self/fd/{folder}/{SOCKET}"
