"""What the deciding thread works with, and by what it decides.

The loop, the dispatcher and the intake share them; they change when the configuration does.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, fields

from transcribid.domain.job import Job, Source
from transcribid.domain.lifecycle import RetryPolicy
from transcribid.domain.options import Options
from transcribid.hooks import Hooks, no_hooks
from transcribid.inbox import Inbox
from transcribid.ledger import Ledger
from transcribid.storage.archive import Archive
from transcribid.storage.checkpoints import Checkpoints
from transcribid.storage.outbox import Outbox
from transcribid.storage.quarantine import Quarantine
from transcribid.storage.recognition import Recognition
from transcribid.storage.staging import Staging
from transcribid.workers import Executor


class Unusable(Exception):
    """The configuration cannot be used; the text is the report."""


class BadOptions(Exception):
    """The options beside a recording cannot be used; the text is for its owner."""


@dataclass(frozen=True, slots=True)
class Rules:
    """By what it decides."""

    policy: RetryPolicy
    options_of: Callable[[str, str], Options]  # of a file with overrides; raises BadOptions
    ignored: Callable[[str], str | None]  # why a file of the inbox is not taken
    source_of: Callable[[str], Source]  # a file of the inbox; raises FileNotFoundError
    roots: Callable[[], str | None]  # why the folders cannot be trusted
    room: Callable[[Job], str | None]  # why a job must wait for space
    max_duration: float  # seconds
    clock: Callable[[], float]  # seconds since the epoch


@dataclass(slots=True)
class Parts:
    ledger: Ledger
    rules: Rules
    inbox: Inbox
    executor: Executor  # finds the words
    diarizer: Executor  # finds out who said them
    staging: Staging
    checkpoints: Checkpoints
    outbox: Outbox
    archive: Archive
    quarantine: Quarantine
    hooks: Hooks = field(default_factory=no_hooks)
    recognition: Recognition | None = None  # of what was transcribed before, where files stay

    @property
    def executors(self) -> tuple[Executor, Executor]:
        return self.executor, self.diarizer

    def become(self, other: "Parts") -> None:
        """From now on, everybody who shares these has the other ones."""
        for each in fields(self):
            setattr(self, each.name, getattr(other, each.name))
