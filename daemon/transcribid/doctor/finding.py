"""What the doctor says: what it is, why it matters, and the command that mends it."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    OK = "ok"
    NOTE = "note"  # worth knowing
    WARNING = "warning"  # it works, but a promise degrades
    FAILURE = "failure"  # the daemon could not work


@dataclass(frozen=True, slots=True)
class Finding:
    area: str
    what: str
    level: Level = Level.OK
    why: str = ""
    remedy: str = ""


def able(findings: Iterable[Finding]) -> bool:
    """Whether the daemon could work."""
    return all(each.level is not Level.FAILURE for each in findings)
