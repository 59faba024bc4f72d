"""Probes in throw-away processes: what aborts, crashes or hangs there ends nothing here."""

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
_GRACE = 3.0  # seconds to tidy up in
_TURN = 0.02  # seconds
_REMEMBERED = 30  # lines
_QUOTED = 2  # of them where the cause is known


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
    said: bytes
    muttered: str  # the last lines of its standard error


def ask(
    probe: str,
    answer: type[Answer],
    question: Mapping[str, object] | None = None,
    *,
    limit: float = LIMIT,
) -> Answer | Death:
    """What a module of `probes` answers to a question, its parameters."""
    module = ("-m", "transcribid.doctor.probes", probe, json.dumps(question or {}))
    ended = run((sys.executable, "-P", *module), limit=limit)
    if isinstance(ended, Death):
        return ended
    try:
        return TypeAdapter(answer).validate_json(ended.said)
    except ValidationError:
        return Death(ending(ended.status), ended.muttered)


def run(
    command: Sequence[str],
    *,
    limit: float,
    environment: Mapping[str, str] | None = None,
    enough: bytes = b"",
) -> Finished | Death:
    """Run a command to its end, in a process group that does not outlive the limit.

    It is also ended once its standard error holds what is `enough` to know.
    """
    with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as muttered:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=muttered,
            env={**(environment or os.environ), **QUIET, "HF_HUB_OFFLINE": "1"},
            start_new_session=True,
        )
        try:
            hung = _hangs(process, limit, lambda: bool(enough) and enough in _content(muttered))
        finally:
            _stop(process)
        words = _last_lines(_content(muttered))
        if hung:
            return Death(f"did not finish within {limit:.0f} seconds", words, hung=True)
        return Finished(process.returncode or 0, _content(said), words)


def _hangs(process: subprocess.Popen[bytes], limit: float, known: Callable[[], bool]) -> bool:
    """Wait for its end, or until all is known. Returns whether neither came in time."""
    deadline = time.monotonic() + limit
    while not _ended(process) and not known():
        if time.monotonic() > deadline:
            return True
        time.sleep(_TURN)
    return False


def _ended(process: subprocess.Popen[bytes]) -> bool:
    """Without taking note of its end: until then its number is that of its group alone."""
    options = os.WEXITED | os.WNOWAIT | os.WNOHANG
    return os.waitid(os.P_PID, process.pid, options) is not None


def explained(area: str, subject: str, death: Death, level: Level) -> Finding:
    """A death with its cause and cure where they are known, else as it was."""
    what = f"{subject}: the process {death.how}"
    if symptom := death.symptom:
        quoted = "\n".join(death.last_words.splitlines()[-_QUOTED:])
        return Finding(
            area, what, level, f"{symptom.cause} Its output:\n{quoted}", symptom.remedy
        )
    said = f"Its output:\n{death.last_words}" if death.last_words else "It printed nothing."
    return Finding(area, what, level, said, "Quote these lines when you ask for help.")


def apart(items: Sequence[str], outcome: object) -> Iterator[tuple[str, ...]]:
    """Into which questions to divide one that died, to learn which of the items it was."""
    if isinstance(outcome, Death) and not outcome.hung and len(items) > 1:
        yield from ((item,) for item in items)


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End the whole group; what waits in the kernel cannot be ended, and is left behind."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        os.killpg(process.pid, number)
        _hangs(process, _GRACE, lambda: False)
    process.poll()


def _content(file: IO[bytes]) -> bytes:
    """Without moving the place where the process writes."""
    return os.pread(file.fileno(), os.fstat(file.fileno()).st_size, 0)


def _last_lines(muttered: bytes) -> str:
    lines = muttered.decode(errors="replace").strip().splitlines()
    return "\n".join(lines[-_REMEMBERED:])
