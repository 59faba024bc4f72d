"""What a person may ask of the daemon, carried out by the deciding thread."""

from transcribid.domain.job import ENDED, GIVEN_UP, Job, JobId, State
from transcribid.domain.naming import printable
from transcribid.ledger import Ledger
from transcribid.service.dispatcher import Dispatcher
from transcribid.service.intake import Intake, NotTaken, Unfinished
from transcribid.service.mailbox import Command, Declined, Verb
from transcribid.service.parts import BadOptions

PAUSED = "paused"  # a fact in the ledger: a pause outlives a restart
_AT_ONCE = 10_000  # jobs of one command


def obey(command: Command, dispatcher: Dispatcher) -> str:
    """Raises Declined with a sentence for the person."""
    ledger, intake = dispatcher.parts.ledger, Intake(dispatcher)
    match command.verb:
        case Verb.PAUSE:
            ledger.note(PAUSED, "by command")
            return "Paused. What runs is finished, nothing new begins."
        case Verb.RESUME:
            ledger.note(PAUSED, None)
            return "Resumed."
        case Verb.RETRY_ALL:
            return _retry_all(ledger, intake)
        case Verb.DISMISS_ALL:
            return _dismiss_all(ledger, intake)
        case Verb.SUBMIT:
            return str(_submit(command, intake))
        case Verb.SETTINGS:
            raise ValueError("settings are not the dispatcher's")
        case _:
            return _obey_for(_job(command.job, ledger), command, dispatcher)


def _obey_for(job: Job, command: Command, dispatcher: Dispatcher) -> str:
    """What is asked for one job."""
    match command.verb:
        case Verb.CANCEL:
            return _cancel(job, dispatcher)
        case Verb.RETRY:
            return _retry(job, Intake(dispatcher), command.wishes)
        case Verb.DISMISS:
            return _dismiss(job, Intake(dispatcher))
        case _:
            return _let_go(job, dispatcher)


def _job(job: JobId | None, ledger: Ledger) -> Job:
    try:
        return ledger.get(job or JobId(0))
    except KeyError:
        raise Declined(f"There is no job {job}. `transcribid queue` lists them.") from None


def _submit(command: Command, intake: Intake) -> JobId:
    """The number of the job, which goes before all that nobody waits for."""
    try:
        return intake.submit(command.name, command.wishes)
    except FileNotFoundError:
        name = printable(command.name)
        raise Declined(f"The inbox has no recording {name}.") from None
    except OSError as error:
        name, why = printable(command.name), error.strerror
        raise Declined(f"The inbox does not give {name}: {why}.") from None
    except NotTaken as reason:
        raise Declined(f"{printable(command.name)} is not taken: {reason}.") from None
    except Unfinished:
        name = printable(command.name)
        raise Declined(f"{name} is just being delivered; ask again in a moment.") from None
    except BadOptions as error:
        raise Declined(str(error)) from None


def _let_go(job: Job, dispatcher: Dispatcher) -> str:
    name = printable(job.source.name)
    if job.state is State.DONE and dispatcher.parts.archive.let_go(job):
        return f"{name} is removed: its sender has the transcript."
    return f"{name} stays where it is."


def _cancel(job: Job, dispatcher: Dispatcher) -> str:
    name = printable(job.source.name)
    if job.state not in ENDED and dispatcher.cancel(job.id).state is State.CANCELLED:
        return (
            f"Cancelled. {name} stays in the inbox; `transcribid retry {job.id}` takes it up."
        )
    raise Declined(f"Job {job.id} ({name}) is {job.state}: there is nothing to cancel.")


def _retry(job: Job, intake: Intake, wishes: str = "") -> str:
    name = printable(job.source.name)
    if younger := intake.younger(job):
        raise Declined(f"{name} has a younger job: {younger.id}, which is {younger.state}.")
    if job.state not in ENDED - {State.WITHDRAWN}:
        raise Declined(f"Job {job.id} ({name}) is {job.state}: there is nothing to retry.")
    try:
        intake.retry(job, wishes)
    except BadOptions as error:
        raise Declined(str(error)) from None
    except FileNotFoundError:
        raise Declined(f"{name} is no longer where it was put.") from None
    except FileExistsError:
        raise Declined(f"The inbox has another {name}; move that one first.") from None
    except OSError as error:
        raise Declined(f"{name} cannot go back into the inbox: {error.strerror}.") from None
    return f"{name} is tried again."


def _retry_all(ledger: Ledger, intake: Intake) -> str:
    retried, refused = 0, list[str]()
    for job in _given_up(ledger):
        try:
            _retry(job, intake)
        except Declined as declined:
            refused.append(str(declined))
        else:
            retried += 1
    others = f" {len(refused)} are not: {refused[0]}" if refused else ""
    return f"{retried} recordings are tried again.{others}"


def _dismiss(job: Job, intake: Intake) -> str:
    name = printable(job.source.name)
    if job.state not in GIVEN_UP:
        raise Declined(f"Job {job.id} ({name}) is {job.state}: there is nothing to dismiss.")
    try:
        intake.dismiss(job)
    except FileExistsError:
        raise Declined(f"{name} is still there: retry it, or remove the file.") from None
    except OSError as error:
        raise Declined(f"Whether {name} is there cannot be told: {error}") from None
    return f"{name} is off the list."


def _dismiss_all(ledger: Ledger, intake: Intake) -> str:
    dismissed = 0
    for job in _given_up(ledger):
        try:
            _dismiss(job, intake)
        except Declined:
            continue  # what is still there is not in question
        dismissed += 1
    return f"{dismissed} recordings that are gone are off the list."


def _given_up(ledger: Ledger) -> list[Job]:
    return [job for state in GIVEN_UP for job in ledger.in_state(state, _AT_ONCE)]
