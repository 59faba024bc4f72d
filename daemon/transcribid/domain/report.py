"""The report on a file that was given up: what happened, why, and what to do."""

from collections.abc import Sequence
from dataclasses import dataclass

from transcribid.domain.job import FailureKind, Job
from transcribid.domain.naming import printable


@dataclass(frozen=True, slots=True)
class ReportLine:
    """One entry of the history, ready to print."""

    when: str
    event: str
    note: str


_REASON = {
    FailureKind.BAD_INPUT: "the recording cannot be used",
    FailureKind.INCOMPLETE: "the recording never became complete and readable",
    FailureKind.WRITING: "the recording was never closed by its writer",
    FailureKind.ENGINE: "the engine repeatedly rejected it",
    FailureKind.LOST: "the engine repeatedly died or hung",
    FailureKind.PREPARER: "decoding it crashes the decoder process",
    FailureKind.STARVED: "decoding it repeatedly ran out of memory",
    FailureKind.MEMORY: "it needs more memory than is available",
    FailureKind.STORAGE: "a storage error occurred",
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
        parts.append("Engine output\n" + _indented(failure.detail))
    return "\n\n".join(part.rstrip() for part in parts) + "\n"


def is_report_on(name: str, text: str) -> bool:
    """Whether a text is a report on the file of this name."""
    return text.startswith(_heading(name))


def _heading(name: str) -> str:
    return f"{printable(name)}\nwas not transcribed"


_MOVED = "To try again, move the file back into the inbox, or run"
_STAYED = "It stays in the inbox. To try again, replace it with a fixed file, or run"
_ANYWAY = "if it plays elsewhere, retry it; if it fails again, report it."


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
