"""Breaks a preparer on certain recordings, as a fault in a native library would."""

import os
import signal
from pathlib import Path
from typing import Any

from support.clips import clip
from transcribid.preparer.decode import Recording

_WORD = b"ends its preparer"


def plant() -> None:
    opened = Recording.__init__

    def init(self: Recording, file: Any, max_duration: float, track: int = 1) -> None:
        file.seek(-len(_WORD), os.SEEK_END)
        if file.read() == _WORD:
            os.kill(os.getpid(), signal.SIGSEGV)
        opened(self, file, max_duration, track)

    Recording.__init__ = init


def killers(folder: Path, number: int) -> list[Path]:
    """Recordings that are sound otherwise."""
    paths = [folder / f"killer{each}.wav" for each in range(number)]
    for path in paths:
        path.write_bytes(clip() + _WORD)
    return paths
