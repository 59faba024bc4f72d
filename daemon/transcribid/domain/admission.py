"""Decides whether a settled file in the inbox becomes a new job."""

from enum import Enum, auto

from transcribid.domain.job import ENDED, Job, State
from transcribid.domain.settle import Entry


class Admission(Enum):
    NEW = auto()
    REPLACES = auto()  # its unfinished job is about an older version
    KNOWN = auto()  # already accepted, or finished


def admission(latest: Job | None, entry: Entry, *, keeps: bool) -> Admission:
    """Decide by the latest job of the file's name; `keeps`: finished files stay there."""
    if latest is None:
        return Admission.NEW
    same = latest.source == entry.source
    if latest.state not in ENDED:
        return Admission.KNOWN if same else Admission.REPLACES
    if not same:
        return Admission.NEW
    match latest.state:
        case State.CANCELLED | State.BLOCKED:
            return Admission.KNOWN  # until a person retries it, or the file changes
        case State.DONE if keeps or _never_moved(latest, entry):
            return Admission.KNOWN
        case _:
            return Admission.NEW  # it was moved away and has come back


def _never_moved(job: Job, entry: Entry) -> bool:
    """Whether it is the very file that was transcribed, which could not be moved away."""
    _, inode, ctime_ns, _ = entry.identity
    return job.copy is not None and (inode, ctime_ns) == (job.copy.inode, job.copy.ctime_ns)
