"""The text on a file that was given up: what happened, why, and what to do."""

from collections.abc import Sequence
from dataclasses import dataclass

from transcribid.domain.job import FailureKind, Job
from transcribid.domain.naming import printable


@dataclass(frozen=True, slots=True)
class ReportLine:
    """One moment of the history, ready to print."""

    when: str
    event: str
    note: str


_REASON = {
    FailureKind.BAD_INPUT: "the recording cannot be used",
    FailureKind.INCOMPLETE: "the recording never became complete and readable",
    FailureKind.WRITING: "the recording was never closed by its writer",
    FailureKind.ENGINE: "the engine refused it again and again",
    FailureKind.LOST: "the engine died or fell silent again and again",
    FailureKind.PREPARER: "to decode it ends the process that does it",
    FailureKind.STARVED: "memory was short whenever it was decoded",
    FailureKind.MEMORY: "it needs more memory than there is",
    FailureKind.STORAGE: "a disk refused",
    FailureKind.UNABLE: "the engine could not run",
}


def report(job: Job, history: Sequence[ReportLine], *, stays: bool = False) -> str:
    """`stays`: the file is still in the inbox."""
    failure = job.failure
    if failure is None:
        raise ValueError(f"job {job.id} has not failed")
    parts = [
        f"{_heading(job.source.name)}: {_REASON[failure.kind]}.",
        failure.message,
        f"What to do: {failure.remedy or _ANYWAY}",
        f"{_STAYED if stays else _MOVED}: transcribid retry {job.id}",
        _facts(job),
        "History\n"
        + "\n".join(f"  {line.when}  {line.event:<12} {line.note}" for line in history),
    ]
    if failure.detail:
        parts.append("In the engine's own words\n" + _indented(failure.detail))
    return "\n\n".join(part.rstrip() for part in parts) + "\n"


def is_report_on(name: str, text: str) -> bool:
    """Whether a text is a report on the file of this name."""
    return text.startswith(_heading(name))


def _heading(name: str) -> str:
    return f"{printable(name)}\nwas not transcribed"


_MOVED = "To try again, move the file back into the inbox, or run"
_STAYED = "It stays in the inbox. To try again, put a mended file in its place, or run"
_ANYWAY = "if it plays elsewhere, try again; if it fails again, please report it."


def _facts(job: Job) -> str:
    facts = {
        "job": job.id,
        "reason": job.failure.kind if job.failure else "",
        "attempts": job.attempt,
        "strikes": job.strikes,
        "size": f"{job.source.size} bytes",
        "sha256": job.copy.sha256 if job.copy else "not read",
    }
    return "Facts\n" + "\n".join(f"  {name:<9} {value}" for name, value in facts.items())


def _indented(text: str) -> str:
    return "\n".join(f"  {printable(line)}" for line in text.splitlines())
