"""Breaks a real engine in its own process, as a broken GPU or a poisonous recording would.

A file says how: a line `all HOW` for everything that is heard, `SHA256 HOW` for one recording.
"""

import ctypes
import os
import signal
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from transcribid.engine.decoding import Decoder

REPLIES = Path(
    "/proc/self/fd/1"
).readlink()  # the pipe to the daemon, before the engine hides it


def plant(script: str) -> None:
    decoded = Decoder.decode

    def decode(self: Decoder, batch: Sequence[Any]) -> Any:
        if how := _behaviour(Path(script), batch):
            WAYS[how]()
        return decoded(self, batch)

    Decoder.decode = decode


def _behaviour(script: Path, batch: Sequence[Any]) -> str | None:
    if not script.exists():
        return None
    asked = dict(line.split() for line in script.read_text().splitlines())
    sounds = [piece.active.request.sha256 for piece in batch]
    return next((asked[each] for each in ("all", *sounds) if each in asked), None)


def _out_of_memory() -> None:
    raise RuntimeError("CUDA failed with error out of memory")


def _library() -> None:
    raise RuntimeError("Library libcublas.so.12 is not found or cannot be loaded")


def _nonsense() -> None:
    raise RuntimeError("tensor of a shape that nobody expected")


def _garbage() -> None:
    for each in list(Path("/proc/self/fd").iterdir()):
        if int(each.name) > 2 and each.readlink() == REPLIES:
            os.write(int(each.name), b"a native library prints this\n")
    time.sleep(3600)


WAYS: dict[str, Callable[[], object]] = {
    "abort": os.abort,
    "segfault": lambda: ctypes.string_at(0),
    "killed": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "exit": lambda: os._exit(0),
    "hang": lambda: time.sleep(3600),
    "memory": _out_of_memory,
    "library": _library,
    "nonsense": _nonsense,
    "garbage": _garbage,
}
