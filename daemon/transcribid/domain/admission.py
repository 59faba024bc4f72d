"""Whether a file that settled in the inbox makes a new job."""

from enum import Enum, auto

from transcribid.domain.job import ENDED, Job, State
from transcribid.domain.settle import Entry


class Admission(Enum):
    NEW = auto()
    REPLACES = auto()  # its unfinished job is about an older version
    KNOWN = auto()  # promised before, or finished with


def admission(latest: Job | None, entry: Entry, *, keeps: bool) -> Admission:
    """Judge a file by the youngest job of its name; `keeps`: finished files stay there."""
    if latest is None:
        return Admission.NEW
    same = latest.source == entry.source
    if latest.state not in ENDED:
        return Admission.KNOWN if same else Admission.REPLACES
    if not same:
        return Admission.NEW
    match latest.state:
        case State.CANCELLED | State.BLOCKED:
            return Admission.KNOWN  # a person has to say so, or change the file
        case State.DONE if keeps or _never_moved(latest, entry):
            return Admission.KNOWN
        case _:
            return Admission.NEW  # it was away and has come back


def _never_moved(job: Job, entry: Entry) -> bool:
    """It could not be put away: it is the very file that was transcribed."""
    _, inode, ctime_ns, _ = entry.identity
    return job.copy is not None and (inode, ctime_ns) == (job.copy.inode, job.copy.ctime_ns)
