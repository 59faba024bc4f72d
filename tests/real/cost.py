"""Runs a command and writes down what it took, with all processes that came of it.

`cost.py FILE COMMAND...`: orphans become ours and are waited for, so that nothing that a
program started is forgotten.
"""

import ctypes
import json
import os
import resource
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

_PR_SET_CHILD_SUBREAPER = 36
_LONGEST = 3600.0  # seconds
_TAIL = 1500  # characters of what a program said before it failed


@dataclass(frozen=True, slots=True)
class Cost:
    seconds: float  # from start to end, loading included
    processor_seconds: float  # of all its processes

    def __add__(self, other: Self) -> "Cost":
        return Cost(
            self.seconds + other.seconds, self.processor_seconds + other.processor_seconds
        )

    @classmethod
    def read(cls, path: Path) -> Self:
        return cls(**json.loads(path.read_text()))


def run(command: list[str], file: Path, log: Path) -> Cost:
    """Run it to its end and keep the cost in a file. A command that fails is an error."""
    measured = [sys.executable, "-P", __file__, os.fspath(file), *command]
    with log.open("wb") as said:
        process = subprocess.Popen(
            measured, stdin=subprocess.DEVNULL, stdout=said, stderr=said, process_group=0
        )
        status = _wait(process)
    if status:
        tail = log.read_text(errors="replace")[-_TAIL:]
        raise RuntimeError(f"{command[0]} ended with status {status}:\n{tail}")
    return Cost.read(file)


def _wait(process: subprocess.Popen[bytes]) -> int:
    try:
        return process.wait(_LONGEST)
    except BaseException:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise


def main() -> int:
    file, *command = sys.argv[1:]
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    began = time.monotonic()
    status = subprocess.call(command)
    seconds = time.monotonic() - began
    with suppress(ChildProcessError):
        while True:
            os.wait()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    cost = Cost(round(seconds, 2), round(used.ru_utime + used.ru_stime, 2))
    Path(file).write_text(json.dumps(asdict(cost)))
    return status if status >= 0 else 128 - status


if __name__ == "__main__":
    raise SystemExit(main())
