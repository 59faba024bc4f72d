"""The parts that the main thread works with, and its rules.

The loop, the dispatcher and the intake share them; they change with the configuration.
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
    """The configuration is invalid; the text is the report."""


class BadOptions(Exception):
    """The options of a recording are invalid; the text is for its owner."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What the main thread decides by."""

    policy: RetryPolicy
    options_of: Callable[[str, str], Options]  # of a file with overrides; raises BadOptions
    ignored: Callable[[str], str | None]  # why a file of the inbox is skipped
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
    executor: Executor  # transcribes
    diarizer: Executor  # diarizes
    staging: Staging
    checkpoints: Checkpoints
    outbox: Outbox
    archive: Archive
    quarantine: Quarantine
    hooks: Hooks = field(default_factory=no_hooks)
    recognition: Recognition | None = None  # only where files stay in the inbox

    @property
    def executors(self) -> tuple[Executor, Executor]:
        return self.executor, self.diarizer

    def replace_with(self, other: "Parts") -> None:
        """Replace every part in place, for all that share this object."""
        for each in fields(self):
            setattr(self, each.name, getattr(other, each.name))
