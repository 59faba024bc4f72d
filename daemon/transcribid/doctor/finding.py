"""Findings of the doctor: what was found, why it matters, and how to fix it."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    OK = "ok"
    NOTE = "note"  # worth knowing
    WARNING = "warning"  # it works, but a guarantee is weaker
    FAILURE = "failure"  # the daemon could not work


@dataclass(frozen=True, slots=True)
class Finding:
    area: str
    what: str
    level: Level = Level.OK
    why: str = ""
    remedy: str = ""


def able(findings: Iterable[Finding]) -> bool:
    """Whether the daemon can work."""
    return all(each.level is not Level.FAILURE for each in findings)
