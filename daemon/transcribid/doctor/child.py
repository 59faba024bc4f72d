"""Runs probes in separate processes, so that their aborts, crashes and hangs do no harm."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, TypeVar

from pydantic import TypeAdapter, ValidationError

from transcribid.doctor.finding import Finding, Level
from transcribid.domain.symptoms import Symptom, recognised
from transcribid.process.child import ending
from transcribid.process.environment import QUIET

Answer = TypeVar("Answer")

LIMIT = 60.0  # seconds for a probe that computes nothing
_GRACE = 3.0  # seconds for cleaning up
_POLL_INTERVAL = 0.02  # seconds
_KEPT = 30  # lines of standard error
_QUOTED = 2  # of them, if the cause is known


@dataclass(frozen=True, slots=True)
class Death:
    """A process that ended without an answer."""

    how: str
    last_words: str = ""
    hung: bool = False

    @property
    def symptom(self) -> Symptom | None:
        return recognised(self.last_words)


@dataclass(frozen=True, slots=True)
class Finished:
    status: int  # negative for a signal
    stdout: bytes
    stderr: str  # its last lines


def ask(
    probe: str,
    answer: type[Answer],
    question: Mapping[str, object] | None = None,
    *,
    limit: float = LIMIT,
) -> Answer | Death:
    """Ask a module of `probes`; `question` holds the arguments of its answer()."""
    module = ("-m", "transcribid.doctor.probes", probe, json.dumps(question or {}))
    ended = run((sys.executable, "-P", *module), limit=limit)
    if isinstance(ended, Death):
        return ended
    try:
        return TypeAdapter(answer).validate_json(ended.stdout)
    except ValidationError:
        return Death(ending(ended.status), ended.stderr)


def run(
    command: Sequence[str],
    *,
    limit: float,
    environment: Mapping[str, str] | None = None,
    enough: bytes = b"",
) -> Finished | Death:
    """Run a command in a process group of its own, which is killed after the limit.

    It is also killed once its standard error contains `enough`.
    """
    with tempfile.TemporaryFile() as stdout, tempfile.TemporaryFile() as stderr:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            env={**(environment or os.environ), **QUIET, "HF_HUB_OFFLINE": "1"},
            start_new_session=True,
        )
        try:
            hung = _hangs(process, limit, lambda: bool(enough) and enough in _content(stderr))
        finally:
            _stop(process)
        words = _last_lines(_content(stderr))
        if hung:
            return Death(f"did not finish within {limit:.0f} seconds", words, hung=True)
        return Finished(process.returncode or 0, _content(stdout), words)


def _hangs(
    process: subprocess.Popen[bytes], limit: float, is_enough: Callable[[], bool]
) -> bool:
    """Wait for its end, or until `is_enough`. Returns whether neither came in time."""
    deadline = time.monotonic() + limit
    while not _ended(process) and not is_enough():
        if time.monotonic() > deadline:
            return True
        time.sleep(_POLL_INTERVAL)
    return False


def _ended(process: subprocess.Popen[bytes]) -> bool:
    """Without reaping it, so that its PID cannot be reused while its group is signalled."""
    options = os.WEXITED | os.WNOWAIT | os.WNOHANG
    return os.waitid(os.P_PID, process.pid, options) is not None


def explained(area: str, subject: str, death: Death, level: Level) -> Finding:
    """A finding with the cause and the remedy if they are known, else with the output."""
    what = f"{subject}: the process {death.how}"
    if symptom := death.symptom:
        quoted = "\n".join(death.last_words.splitlines()[-_QUOTED:])
        return Finding(
            area, what, level, f"{symptom.cause} Its output:\n{quoted}", symptom.remedy
        )
    why = f"Its output:\n{death.last_words}" if death.last_words else "It printed nothing."
    return Finding(area, what, level, why, "Quote these lines when you ask for help.")


def apart(items: Sequence[str], outcome: object) -> Iterator[tuple[str, ...]]:
    """Each item alone, if a probe of several died, to find out which of them caused it."""
    if isinstance(outcome, Death) and not outcome.hung and len(items) > 1:
        yield from ((item,) for item in items)


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Kill the whole group; processes that are stuck in the kernel are left behind."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        os.killpg(process.pid, number)
        _hangs(process, _GRACE, lambda: False)
    process.poll()


def _content(file: IO[bytes]) -> bytes:
    """Reads without moving the offset at which the process writes."""
    return os.pread(file.fileno(), os.fstat(file.fileno()).st_size, 0)


def _last_lines(stderr: bytes) -> str:
    lines = stderr.decode(errors="replace").strip().splitlines()
    return "\n".join(lines[-_KEPT:])
