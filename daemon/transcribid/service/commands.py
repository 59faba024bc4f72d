"""The commands of users, executed in the main thread."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial

from transcribid.domain.job import ENDED, GIVEN_UP, Job, JobId, State
from transcribid.domain.naming import printable
from transcribid.service.dispatcher import Dispatcher
from transcribid.service.intake import Intake, NotTaken, Unfinished
from transcribid.service.mailbox import Command, Declined, Returned, Verb
from transcribid.service.page_settings import PageSettings
from transcribid.service.parts import BadOptions, Parts
from transcribid.storage.archive import Archive
from transcribid.storage.quarantine import Quarantine

PAUSED = "paused"  # a fact in the ledger, so that a pause survives a restart
_MAX_JOBS = 10_000  # jobs of one command


class Commands:
    """Each returns one sentence for the user, or raises Declined with one.

    A command that first moves files returns None; `finish_retry` returns its answer.
    """

    def __init__(
        self,
        parts: Parts,
        dispatcher: Dispatcher,
        intake: Intake,
        settings: PageSettings,
        post: Callable[[Returned], None],
    ) -> None:
        self._parts = parts
        self._post = post
        self._dispatcher = dispatcher
        self._intake = intake
        self._settings = settings
        self._verbs: Mapping[Verb, Callable[[Command], str | None]] = {
            Verb.PAUSE: self._pause,
            Verb.RESUME: self._resume,
            Verb.SUBMIT: self._submit,
            Verb.CANCEL: self._cancel,
            Verb.RELEASE: self._release,
            Verb.RETRY: self._retry,
            Verb.RETRY_ALL: self._retry_all,
            Verb.DISMISS: self._dismiss,
            Verb.DISMISS_ALL: self._dismiss_all,
            Verb.SETTINGS: self._choose_settings,
        }

    def execute(self, command: Command) -> str | None:
        """Raises Declined."""
        return self._verbs[command.verb](command)

    def _pause(self, _: Command) -> str:
        self._parts.ledger.note(PAUSED, "by command")
        return "Paused. Running jobs finish; no new ones start."

    def _resume(self, _: Command) -> str:
        self._parts.ledger.note(PAUSED, None)
        return "Resumed."

    def _choose_settings(self, command: Command) -> str:
        return self._settings.choose(command.overrides)

    def _submit(self, command: Command) -> str:
        """Returns the number of the job, which is urgent."""
        name = printable(command.name)
        try:
            return str(self._intake.submit(command.name, command.overrides))
        except FileNotFoundError:
            raise Declined(f"There is no recording {name} in the inbox.") from None
        except OSError as error:
            raise Declined(f"Cannot read {name} in the inbox: {error.strerror}.") from None
        except NotTaken as reason:
            raise Declined(f"{name} is skipped: {reason}.") from None
        except Unfinished:
            raise Declined(f"{name} is just being delivered; try again in a moment.") from None
        except BadOptions as error:
            raise Declined(str(error)) from None

    def _cancel(self, command: Command) -> str:
        job = self._job(command)
        name = printable(job.source.name)
        if job.state not in ENDED and self._dispatcher.cancel(job.id).state is State.CANCELLED:
            again = f"to requeue it: `transcribid retry {job.id}`"
            return f"Cancelled. {name} stays in the inbox; {again}."
        raise Declined(f"Job {job.id} ({name}) is {job.state}: nothing to cancel.")

    def _release(self, command: Command) -> str:
        job = self._job(command)
        name = printable(job.source.name)
        if job.state is State.DONE and self._parts.archive.release(job):
            return f"{name} was removed: its sender has the transcript."
        return f"{name} stays where it is."

    def _retry(self, command: Command) -> None:
        job = self._job(command)
        self._check_retry(job, command.overrides)
        self._restore_files(command, [job], [])

    def _retry_all(self, command: Command) -> None:
        jobs, declined = list[Job](), list[str]()
        for job in self._given_up():
            try:
                self._check_retry(job)
            except Declined as why:
                declined.append(str(why))
            else:
                jobs.append(job)
        self._restore_files(command, jobs, declined)

    def _check_retry(self, job: Job, overrides: str = "") -> None:
        name = printable(job.source.name)
        if newer := self._intake.newer(job):
            why = f"{newer.id}, which is {newer.state}"
            raise Declined(f"{name} has a newer job: {why}. Use that one.")
        if job.state not in ENDED - {State.WITHDRAWN}:
            raise Declined(f"Job {job.id} ({name}) is {job.state}: nothing to retry.")
        try:
            self._intake.check_overrides(job, overrides)
        except BadOptions as error:
            raise Declined(str(error)) from None

    def _restore_files(
        self, command: Command, jobs: Sequence[Job], declined: Sequence[str]
    ) -> None:
        """In another thread: a file may have gigabytes and be on another disk."""
        restore = partial(_restore, self._parts.quarantine, self._parts.archive)

        def work() -> None:
            outcomes = [(job, restore(job)) for job in jobs]
            self._post(Returned(command, outcomes, declined))

        self._parts.staging.submit(work)

    def finish_retry(self, returned: Returned) -> str:
        """Returns the answer to the command, once the files are back. Raises Declined."""
        command, declined = returned.command, list(returned.declined)
        retried: list[str] = []
        for job, error in returned.outcomes:
            name = printable(job.source.name)
            try:
                if error:
                    raise error
                self._intake.retry(job, command.overrides)
            except OSError as why:
                declined.append(_why_not_back(name, why))
            else:
                retried.append(name)
        if command.verb is Verb.RETRY_ALL:
            others = f" {len(declined)} not requeued: {declined[0]}" if declined else ""
            return f"{_counted(len(retried))} requeued.{others}"
        if declined:
            raise Declined(declined[0])
        return f"{retried[0]} was requeued."

    def _dismiss(self, command: Command) -> str:
        return self._dismiss_job(self._job(command))

    def _dismiss_all(self, _: Command) -> str:
        dismissed = 0
        for job in self._given_up():
            with suppress(Declined):  # files that are still there are skipped
                self._dismiss_job(job)
                dismissed += 1
        return f"Dismissed {_counted(dismissed)} whose file is gone."

    def _dismiss_job(self, job: Job) -> str:
        name = printable(job.source.name)
        if job.state not in GIVEN_UP:
            message = f"Job {job.id} ({name}) is {job.state}: nothing to dismiss."
            raise Declined(message)
        try:
            self._intake.dismiss(job)
        except FileExistsError:
            raise Declined(f"{name} is still there: retry it or remove the file.") from None
        except OSError as error:
            raise Declined(f"Cannot check whether {name} is there: {error}") from None
        return f"{name} was dismissed."

    def _job(self, command: Command) -> Job:
        try:
            return self._parts.ledger.get(command.job or JobId(0))
        except KeyError:
            found = "`transcribid queue --state done` and so on list jobs"
            message = f"There is no job {command.job}; {found}."
            raise Declined(message) from None

    def _given_up(self) -> list[Job]:
        ledger = self._parts.ledger
        return [job for state in GIVEN_UP for job in ledger.in_state(state, _MAX_JOBS)]


def _restore(quarantine: Quarantine, archive: Archive, job: Job) -> OSError | None:
    """Move a file back into the inbox; returns the error if that failed."""
    try:
        if job.state is State.QUARANTINED:
            quarantine.restore(job)
        elif job.state is State.DONE:
            archive.restore(job)
    except OSError as error:
        return error
    return None


def _counted(recordings: int) -> str:
    return "1 recording" if recordings == 1 else f"{recordings} recordings"


def _why_not_back(name: str, error: OSError) -> str:
    match error:
        case FileNotFoundError():
            return f"{name} is no longer where it was moved."
        case FileExistsError():
            return f"The inbox already has a {name}; move that one first."
        case _:
            return f"Cannot move {name} back into the inbox: {error.strerror}."
