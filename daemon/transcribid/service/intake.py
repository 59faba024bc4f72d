"""Creates jobs: from settled files, and on request."""

import json
import sqlite3
from collections.abc import Iterable, Sequence

import structlog

from transcribid.config.layer import merged
from transcribid.domain.admission import Admission, admission
from transcribid.domain.events import Dismissed, Recognised, Superseded, Withdrawn
from transcribid.domain.job import ENDED, GIVEN_UP, Job, JobId, Source
from transcribid.domain.naming import printable
from transcribid.domain.settle import Entry
from transcribid.ledger import LedgerFull
from transcribid.service.dispatcher import Dispatcher
from transcribid.service.parts import Parts
from transcribid.storage.recognition import Compared, Known

log = structlog.get_logger()


class NotTaken(Exception):
    """Its name is not one of a recording; the text says why."""


class Unfinished(Exception):
    """An older job of the file is still being finished."""


class Intake:
    """Each file of the inbox has at most one unfinished job, its latest."""

    def __init__(self, parts: Parts, dispatcher: Dispatcher) -> None:
        self._parts = parts
        self._dispatcher = dispatcher
        self._comparing: dict[str, Entry] = {}

    @property
    def comparing(self) -> bool:
        """Whether any file is still being compared with the outbox."""
        return bool(self._comparing)

    def start_over(self) -> None:
        """Forget running comparisons: those files will settle again."""
        self._comparing = {}

    def admit(self, entries: Sequence[Entry]) -> None:
        """Create jobs for settled files, once they were compared with the outbox.

        A file that cannot be queued does not hold up the others.
        """
        try:
            self._admit(entries)
        except (LedgerFull, sqlite3.OperationalError):
            raise
        except Exception as error:  # noqa: BLE001 - one odd file must not end the daemon
            if len(entries) == 1:
                _report(entries[0], error)
                return
            for entry in entries:
                self.admit([entry])

    def _admit(self, entries: Sequence[Entry]) -> None:
        fresh: list[Source] = []
        parts = self._parts
        known = parts.ledger.latest_of(entry.source.name for entry in entries)
        if parts.recognition:
            self._compare([each for each in entries if each.source.name not in known])
            entries = [each for each in entries if each.source.name in known]
        for entry in entries:
            latest = known.get(entry.source.name)
            verdict = admission(latest, entry, keeps=parts.archive.keeps)
            if verdict is Admission.KNOWN:
                continue
            if latest and verdict is Admission.REPLACES and not self._withdraw_replaced(latest):
                continue
            fresh.append(entry.source)
        self._add(fresh, filter(None, (known.get(source.name) for source in fresh)))

    def admit_compared(self, answer: Compared) -> None:
        """Create jobs for files that were compared with the outbox."""
        ledger, current = self._parts.ledger, list[Source]()
        for entry in answer.entries:
            if self._comparing.get(entry.source.name) == entry:
                del self._comparing[entry.source.name]
                current.append(entry.source)
        known = ledger.latest_of(source.name for source in current)
        fresh = [source for source in current if source.name not in known]
        if answer.known:
            self._recognise(fresh, answer.known)
        else:
            self._add(fresh, ())

    def note_left(self, names: Iterable[str]) -> None:
        """Withdraw jobs whose files left the inbox or changed, unless they are back by now."""
        names = list(names)
        for name in names:
            self._comparing.pop(name, None)
        self._withdraw(name for name in names if not self._is_current(name))

    def submit(self, name: str, overrides: str) -> JobId:
        """Transcribe a complete file of the inbox urgently.

        The same request again returns the same job.

        Raises FileNotFoundError, NotTaken and Unfinished, and BadOptions for overrides that
        cannot be met.
        """
        rules, ledger = self._parts.rules, self._parts.ledger
        if reason := rules.ignored(name):
            raise NotTaken(reason)
        source = rules.source_of(name)
        rules.options_of(name, overrides)
        latest = ledger.latest(name)
        if latest and latest.state not in ENDED:
            if latest.source == source and overrides in ("", latest.overrides):
                ledger.mark_urgent(latest.id)
                return latest.id
            self._dispatcher.handle(latest.id, Withdrawn())
            if ledger.get(latest.id).state not in ENDED:
                raise Unfinished(name)
        self._add([source], [latest] if latest else [], urgent=True, overrides=overrides)
        added = ledger.latest(name)
        if added is None:
            raise AssertionError("it was added just now")
        return added.id

    def check_overrides(self, job: Job, overrides: str) -> None:
        """Check the overrides together with the job's own. Raises BadOptions."""
        self._parts.rules.options_of(
            job.source.name, _merge_overrides(job.overrides, overrides)
        )

    def retry(self, job: Job, overrides: str = "") -> None:
        """Create another job for the same file, which is in the inbox again.

        `overrides` take precedence over the job's own. Raises FileNotFoundError.
        """
        source = self._parts.rules.source_of(job.source.name)
        both = _merge_overrides(job.overrides, overrides)
        before = self.newer(job)
        if before and before.state not in ENDED:
            if before.source == source and both == before.overrides:
                return  # the scan has queued it meanwhile
            self._dispatcher.handle(before.id, Withdrawn())
        self._add([source], [before or job], overrides=both)

    def newer(self, job: Job) -> Job | None:
        """The latest job of its file, if it is another one."""
        latest = self._parts.ledger.latest(job.source.name)
        return latest if latest and latest.id != job.id else None

    def dismiss(self, job: Job) -> None:
        """Forget a job that was given up and whose file is gone, and its report.

        Raises FileExistsError while the file is there, OSError if that cannot be determined.
        """
        if trouble := self._parts.rules.roots():
            raise OSError(trouble)
        parts = self._parts
        if not parts.quarantine.gone([job]):
            raise FileExistsError(job.source.name)
        parts.quarantine.forget(job.source.name)
        self._dispatcher.handle(job.id, Dismissed())

    def _compare(self, entries: Iterable[Entry]) -> None:
        """Begin to check whether the outputs of these files, which have no job, exist."""
        fresh = [each for each in entries if self._comparing.get(each.source.name) != each]
        self._comparing |= {entry.source.name: entry for entry in fresh}
        if fresh and (recognition := self._parts.recognition):
            recognition.begin(fresh)

    def _recognise(self, sources: Sequence[Source], known: Known) -> None:
        ledger = self._parts.ledger
        ledger.add(sources, at=self._parts.rules.clock())
        for job in ledger.latest_of(source.name for source in sources).values():
            event = Recognised(known.copy, known.plan, known.quality)
            self._dispatcher.handle(job.id, event)

    def _add(
        self,
        sources: Sequence[Source],
        before: Iterable[Job],
        *,
        urgent: bool = False,
        overrides: str = "",
    ) -> None:
        """`before`: the latest jobs of these files until now."""
        if not sources:
            return
        parts, now = self._parts, self._parts.rules.clock()
        parts.ledger.add(sources, at=now, urgent=urgent, overrides=overrides)
        names = [printable(source.name) for source in sources[:5]]
        log.info("jobs.queued", count=len(sources), names=names)
        for job in before:
            if job.state in GIVEN_UP:
                parts.quarantine.forget(job.source.name)
                self._dispatcher.handle(job.id, Superseded())

    def _withdraw_replaced(self, job: Job) -> bool:
        """Withdraw a job for a new version; returns False if that has to wait."""
        self._dispatcher.handle(job.id, Withdrawn())
        if self._parts.ledger.get(job.id).state in ENDED:
            return True
        self._dispatcher.postpone(job.source.name)  # its outcome has yet to be carried out
        return False

    def _withdraw(self, names: Iterable[str]) -> None:
        for name in names:
            job = self._parts.ledger.latest(name)
            if job and job.state not in ENDED:
                self._dispatcher.handle(job.id, Withdrawn())

    def _is_current(self, name: str) -> bool:
        """Whether the inbox has the version of the latest job."""
        job = self._parts.ledger.latest(name)
        try:
            return job is not None and self._parts.rules.source_of(name) == job.source
        except OSError:
            return False


def _report(entry: Entry, error: Exception) -> None:
    """Log a file that cannot be queued."""
    log.error(
        "inbox.refused",
        name=printable(entry.source.name),
        message=f"It cannot be queued: {type(error).__name__}: {error}",
        remedy="Copy it under another name (without --preserve), and report this bug.",
        exc_info=error,
    )


def _merge_overrides(one: str, other: str) -> str:
    """Merge overrides, in JSON; the second take precedence, key by key."""
    if not (one and other):
        return one or other
    return json.dumps(merged(json.loads(one), json.loads(other)))
