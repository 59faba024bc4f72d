"""The state machine of a job: (job, event) -> (job, effects).

Every rule about states and transitions is in this file, and nothing else is.

    queued --> staging --> running --> delivering --> done
      ^           |           |  |         ^
      |           |           |  v         |
      |           |           | diarizing -+
      +-----------+-----------+-----+          (a transient failure, or a restart)
                  |           |     |
                  +-----------+-----+--> quarantining --> quarantined, or blocked where it stays

In every state up to diarizing a job can also become withdrawn (its file left, or changed) or
cancelled. From delivering and quarantining on, its outcome is decided, and is carried out
whatever else happens.

Effects are values. The dispatcher saves the new job first and performs them after, so a crash
comes either before the decision (nothing happened) or after it, and then the effect is
performed again: each one must be idempotent. That is why starting is recovering: `Recovered`
applies the same rules to find out what is left to do. It is the write-ahead rule of databases
(Gray and Reuter, Transaction Processing, 1993), with files instead of pages.

How often a job is retried depends on whose fault it was (ARCHITECTURE.md, Whose fault is it?).
Each kind of fault has its own counter, so that no kind uses up the retries of another; each
wait doubles. An answer from an attempt that was given up is ignored: attempts are numbered, and
a job awaits only the answers of its current one.
"""

from dataclasses import dataclass, replace
from enum import Enum, auto

from transcribid.domain.backoff import backoff
from transcribid.domain.events import (
    Answer,
    Attributed,
    Cancelled,
    Contested,
    Delivered,
    Dismissed,
    Dispatched,
    Event,
    Failed,
    Interrupted,
    Planned,
    Quarantined,
    Recognised,
    Recovered,
    Staged,
    Superseded,
    Transcribed,
    TranscriptLost,
    Withdrawn,
)
from transcribid.domain.job import Copy, Failure, FailureKind, Job, State


class Effect(Enum):
    """What the dispatcher has to do after it saved the job; idempotent."""

    STAGE = auto()  # make the private copy and hash it
    START = auto()  # submit the copy to the executor
    STOP = auto()  # withdraw it from the executor
    DIARIZE = auto()  # assign speakers
    FORGO = auto()  # do without speakers, and record why
    PLAN = auto()  # choose where the outputs go
    DELIVER = auto()  # publish the outputs, then move the source away
    CONDEMN = auto()  # write the report and move the file into quarantine
    DISCARD = auto()  # remove its copy and its transcript; its checkpoints stay
    FORGET = auto()  # remove its checkpoints


@dataclass(frozen=True, slots=True)
class Decision:
    job: Job
    effects: tuple[Effect, ...] = ()


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    strikes: int = 2  # with this many, the file goes to quarantine
    backoff: float = 30.0  # seconds; doubles with each strike
    grace: float = 900.0  # seconds to wait for an unfinished file

    def patience(self, job: Job) -> float:
        """Seconds for which it may be unfinished; an urgent one arrived complete."""
        return 0.0 if job.urgent else self.grace

    def delay(self, times: int) -> float:
        return backoff(times, self.backoff)


_AT_WORK = (State.STAGING, State.RUNNING, State.DIARIZING)
_MOST_LOSSES = 3
_DEATHS_OF_PREPARERS = 2
_MOST_STARVED = 10  # retries; the last ones wait two minutes each
_UNREADABLE = Failure(
    FailureKind.STORAGE,
    "Its transcript was written to the state folder but could not be read back.",
    "Check the disk of folders.state (its messages are in `journalctl -k`), then retry.",
)
_LONGEST_WAIT = 120.0  # seconds until a file that was still being written is checked again


class IllegalTransition(Exception):
    """A bug in the daemon, never a bad file."""


def decide(job: Job, event: Event, *, now: float, policy: RetryPolicy) -> Decision:
    """The new state of a job after an event, and what to do.

    Raises:
        IllegalTransition: this event cannot happen to a job in this state.
    """
    if isinstance(event, Answer) and not _awaits(job, event):
        return Decision(job)  # a late answer from an attempt that was given up

    match event:
        case Recovered(blamed=blamed):
            return _recover(job, now, policy) if blamed else _resume(job)
        case Withdrawn():
            return _withdraw(job, State.WITHDRAWN)
        case Cancelled():
            return _withdraw(job, State.CANCELLED)
        case Failed():
            return _fail(job, event, now, policy)
        case Interrupted():
            return _requeue(job)
        case Staged(copy=copy) if job.state is State.DIARIZING:
            return _diarize(job, copy)
        case TranscriptLost() if job.state in (State.DIARIZING, State.DELIVERING):
            return _lose(job, now, policy)
        case _:
            return _advance(job, event)


def _advance(job: Job, event: Event) -> Decision:
    match job.state, event:
        case State.QUEUED, Dispatched():
            staging = replace(job, state=State.STAGING, attempt=job.attempt + 1)
            return Decision(staging, (Effect.STAGE,))
        case State.STAGING, Staged(copy=copy):
            running = replace(job, state=State.RUNNING, copy=copy)
            return Decision(running, (Effect.START,))
        case State.RUNNING, Transcribed(speakers=True):
            return Decision(replace(job, state=State.DIARIZING, strikes=0), (Effect.DIARIZE,))
        case (State.RUNNING, Transcribed()) | (State.DIARIZING, Attributed()):
            return Decision(replace(job, state=State.DELIVERING), (Effect.PLAN,))
        case State.DELIVERING, Planned(plan=plan):
            return Decision(replace(job, plan=plan), (Effect.DELIVER,))
        case State.DELIVERING, Contested():
            return Decision(replace(job, plan=None), (Effect.PLAN,))
        case _:
            return _end(job, event)


def _end(job: Job, event: Event) -> Decision:
    match job.state, event:
        case State.QUEUED, Recognised(copy=copy, plan=plan):
            return Decision(replace(job, state=State.DONE, copy=copy, plan=plan))
        case State.DELIVERING, Delivered():
            done = replace(job, state=State.DONE, failure=None)
            return Decision(done, (Effect.DISCARD, Effect.FORGET))
        case State.QUARANTINING, Quarantined(moved=moved):
            state = State.QUARANTINED if moved else State.BLOCKED
            return Decision(replace(job, state=state), (Effect.DISCARD, Effect.FORGET))
        case State.QUARANTINED | State.BLOCKED, Dismissed() | Superseded():
            return Decision(replace(job, state=State.WITHDRAWN))
        case _:
            raise IllegalTransition(f"job {job.id} is {job.state} and met {event}")


def _awaits(job: Job, answer: Answer) -> bool:
    match answer:
        case Staged():
            awaiting = (State.STAGING, State.DIARIZING)
        case Transcribed():
            awaiting = (State.RUNNING,)
        case Attributed():
            awaiting = (State.DIARIZING,)
        case _:
            awaiting = _AT_WORK
    return job.state in awaiting and job.attempt == answer.attempt


def _diarize(job: Job, copy: Copy) -> Decision:
    """After a restart, the transcript is valid only if it is of the same bytes."""
    if job.copy and job.copy.sha256 == copy.sha256:
        return Decision(replace(job, copy=copy), (Effect.DIARIZE,))
    return _requeue(job)


def _withdraw(job: Job, state: State) -> Decision:
    if job.state is State.QUEUED or job.state in _AT_WORK:
        effects = (Effect.STOP, Effect.DISCARD, Effect.FORGET)
        return Decision(replace(job, state=state), effects)
    return Decision(job)  # its outcome is decided: finish what was started


def _fail(job: Job, event: Failed, now: float, policy: RetryPolicy) -> Decision:
    failed = replace(job, failure=event.failure)
    match event.failure.kind:
        case _ if job.state is State.DIARIZING:  # it cannot be copied now; its words are safe
            return _requeue(_later(failed, now, policy))
        case FailureKind.BAD_INPUT:
            return _condemn(failed)
        case FailureKind.INCOMPLETE if now - job.admitted >= policy.patience(job):
            # decoding may outlast the grace: then retry once, accepting a partial file
            return _requeue(failed) if event.strict else _condemn(failed)
        case FailureKind.INCOMPLETE | FailureKind.WRITING | FailureKind.STORAGE:
            return _requeue(_later(failed, now, policy))
        case FailureKind.BYSTANDER | FailureKind.UNABLE:
            return _requeue(failed)
        case _:
            return _fail_at_work(failed, event, now, policy)


def _fail_at_work(job: Job, event: Failed, now: float, policy: RetryPolicy) -> Decision:
    """A process died of it, or may have."""
    kind = event.failure.kind
    if kind is FailureKind.STARVED:
        return _starve(job, now, policy)
    if kind is FailureKind.PREPARER:  # it is not shared: this job alone is to blame
        return _bury(job, event, now, policy)
    if event.progressed:
        return _requeue(replace(job, not_before=now + policy.delay(1)))
    return _strike(job, now, policy, policy.strikes)


def _starve(job: Job, now: float, policy: RetryPolicy) -> Decision:
    """Not its own fault, unless there is never enough memory for it."""
    starved = replace(job, starvations=job.starvations + 1)
    if starved.starvations > _MOST_STARVED:
        return _condemn(starved)
    later = now + min(policy.delay(starved.starvations), _LONGEST_WAIT)
    return _requeue(replace(starved, not_before=later))


def _bury(job: Job, event: Failed, now: float, policy: RetryPolicy) -> Decision:
    """Count deaths at the same position; progress in between resets the count."""
    buried = replace(job, deaths=1 if event.progressed else job.deaths + 1)
    if buried.deaths >= _DEATHS_OF_PREPARERS:
        return _condemn(buried)
    return _requeue(replace(buried, not_before=now + policy.delay(buried.deaths)))


def _lose(job: Job, now: float, policy: RetryPolicy) -> Decision:
    """The transcript was stored but cannot be read back."""
    lost = replace(job, plan=None, losses=job.losses + 1, failure=_UNREADABLE)
    if lost.losses >= _MOST_LOSSES:
        return _condemn(lost)
    return _requeue(replace(lost, not_before=now + policy.delay(lost.losses)))


def _later(job: Job, now: float, policy: RetryPolicy) -> Job:
    later = now + min(policy.delay(job.waits + 1), _LONGEST_WAIT)
    return replace(job, waits=job.waits + 1, not_before=later)


def _strike(job: Job, now: float, policy: RetryPolicy, most: int) -> Decision:
    struck = replace(job, strikes=job.strikes + 1)
    if struck.strikes >= most:
        return _condemn(struck)
    later = now + policy.delay(struck.strikes)
    return _requeue(replace(struck, not_before=later))


def _requeue(job: Job) -> Decision:
    return Decision(replace(job, state=State.QUEUED), (Effect.DISCARD,))


def _condemn(job: Job) -> Decision:
    return Decision(replace(job, state=State.QUARANTINING), (Effect.CONDEMN,))


def _recover(job: Job, now: float, policy: RetryPolicy) -> Decision:
    most = policy.strikes + 1  # one more, because the recording may not be to blame
    match job.state:
        case State.RUNNING:
            lost = Failure(
                FailureKind.LOST, "The daemon died while this recording was running."
            )
            return _strike(replace(job, failure=lost), now, policy, most)
        case State.DIARIZING if job.strikes + 1 >= most:
            return Decision(job, (Effect.FORGO,))
        case State.DIARIZING:
            return _resume(replace(job, strikes=job.strikes + 1))
        case _:
            return _resume(job)


def _resume(job: Job) -> Decision:
    match job.state:
        case State.STAGING | State.RUNNING:
            return _requeue(job)  # no engine had it, or the engine was working on another one
        case State.DIARIZING:
            return Decision(replace(job, attempt=job.attempt + 1), (Effect.STAGE,))
        case State.DELIVERING:
            return Decision(job, (Effect.DELIVER if job.plan else Effect.PLAN,))
        case State.QUARANTINING:
            return Decision(job, (Effect.CONDEMN,))
        case _:
            return Decision(job)
