"""What a person may ask of the daemon, carried out by the deciding thread."""

from collections.abc import Callable, Mapping
from contextlib import suppress

from transcribid.domain.job import ENDED, GIVEN_UP, Job, JobId, State
from transcribid.domain.naming import printable
from transcribid.service.dispatcher import Dispatcher
from transcribid.service.intake import Intake, NotTaken, Unfinished
from transcribid.service.mailbox import Command, Declined, Verb
from transcribid.service.parts import BadOptions, Parts

PAUSED = "paused"  # a fact in the ledger: a pause outlives a restart
_AT_ONCE = 10_000  # jobs of one command


class Commands:
    """Each returns one sentence for the person, or raises Declined with one."""

    def __init__(self, parts: Parts, dispatcher: Dispatcher, intake: Intake) -> None:
        self._parts = parts
        self._dispatcher = dispatcher
        self._intake = intake
        self._verbs: Mapping[Verb, Callable[[Command], str]] = {
            Verb.PAUSE: self._pause,
            Verb.RESUME: self._resume,
            Verb.SUBMIT: self._submit,
            Verb.CANCEL: self._cancel,
            Verb.LET_GO: self._let_go,
            Verb.RETRY: self._retry,
            Verb.RETRY_ALL: self._retry_all,
            Verb.DISMISS: self._dismiss,
            Verb.DISMISS_ALL: self._dismiss_all,
        }

    def obey(self, command: Command) -> str:
        """Raises Declined."""
        return self._verbs[command.verb](command)

    def _pause(self, _: Command) -> str:
        self._parts.ledger.note(PAUSED, "by command")
        return "Paused. What runs is finished, nothing new begins."

    def _resume(self, _: Command) -> str:
        self._parts.ledger.note(PAUSED, None)
        return "Resumed."

    def _submit(self, command: Command) -> str:
        """The number of the job, which goes before all that nobody waits for."""
        name = printable(command.name)
        try:
            return str(self._intake.submit(command.name, command.wishes))
        except FileNotFoundError:
            raise Declined(f"The inbox has no recording {name}.") from None
        except OSError as error:
            raise Declined(f"The inbox does not give {name}: {error.strerror}.") from None
        except NotTaken as reason:
            raise Declined(f"{name} is not taken: {reason}.") from None
        except Unfinished:
            raise Declined(f"{name} is just being delivered; ask again in a moment.") from None
        except BadOptions as error:
            raise Declined(str(error)) from None

    def _cancel(self, command: Command) -> str:
        job = self._job(command)
        name = printable(job.source.name)
        if job.state not in ENDED and self._dispatcher.cancel(job.id).state is State.CANCELLED:
            again = f"`transcribid retry {job.id}` takes it up"
            return f"Cancelled. {name} stays in the inbox; {again}."
        raise Declined(f"Job {job.id} ({name}) is {job.state}: there is nothing to cancel.")

    def _let_go(self, command: Command) -> str:
        job = self._job(command)
        name = printable(job.source.name)
        if job.state is State.DONE and self._parts.archive.let_go(job):
            return f"{name} is removed: its sender has the transcript."
        return f"{name} stays where it is."

    def _retry(self, command: Command) -> str:
        return self._tried_again(self._job(command), command.wishes)

    def _retry_all(self, _: Command) -> str:
        retried, refused = 0, list[str]()
        for job in self._given_up():
            try:
                self._tried_again(job)
            except Declined as declined:
                refused.append(str(declined))
            else:
                retried += 1
        others = f" {len(refused)} are not: {refused[0]}" if refused else ""
        return f"{retried} recordings are tried again.{others}"

    def _tried_again(self, job: Job, wishes: str = "") -> str:
        name = printable(job.source.name)
        if younger := self._intake.younger(job):
            raise Declined(f"{name} has a younger job: {younger.id}, which is {younger.state}.")
        if job.state not in ENDED - {State.WITHDRAWN}:
            raise Declined(f"Job {job.id} ({name}) is {job.state}: there is nothing to retry.")
        try:
            self._intake.retry(job, wishes)
        except BadOptions as error:
            raise Declined(str(error)) from None
        except FileNotFoundError:
            raise Declined(f"{name} is no longer where it was put.") from None
        except FileExistsError:
            raise Declined(f"The inbox has another {name}; move that one first.") from None
        except OSError as error:
            message = f"{name} cannot go back into the inbox: {error.strerror}."
            raise Declined(message) from None
        return f"{name} is tried again."

    def _dismiss(self, command: Command) -> str:
        return self._dismissed(self._job(command))

    def _dismiss_all(self, _: Command) -> str:
        dismissed = 0
        for job in self._given_up():
            with suppress(Declined):  # what is still there is not in question
                self._dismissed(job)
                dismissed += 1
        return f"{dismissed} recordings that are gone are off the list."

    def _dismissed(self, job: Job) -> str:
        name = printable(job.source.name)
        if job.state not in GIVEN_UP:
            message = f"Job {job.id} ({name}) is {job.state}: there is nothing to dismiss."
            raise Declined(message)
        try:
            self._intake.dismiss(job)
        except FileExistsError:
            raise Declined(f"{name} is still there: retry it, or remove the file.") from None
        except OSError as error:
            raise Declined(f"Whether {name} is there cannot be told: {error}") from None
        return f"{name} is off the list."

    def _job(self, command: Command) -> Job:
        try:
            return self._parts.ledger.get(command.job or JobId(0))
        except KeyError:
            message = f"There is no job {command.job}. `transcribid queue` lists them."
            raise Declined(message) from None

    def _given_up(self) -> list[Job]:
        ledger = self._parts.ledger
        return [job for state in GIVEN_UP for job in ledger.in_state(state, _AT_ONCE)]
