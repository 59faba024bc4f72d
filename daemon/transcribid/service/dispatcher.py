"""Executes the decisions of the lifecycle; in one thread, the only writer of the ledger."""

from collections.abc import Collection, Iterable
from typing import TypeVar

import structlog

from transcribid.domain.events import (
    Cancelled,
    Dispatched,
    Event,
    Failed,
    Interrupted,
    Recovered,
    TranscriptLost,
)
from transcribid.domain.job import ENDED, FailureKind, Job, JobId, State
from transcribid.domain.lifecycle import Effect, decide
from transcribid.domain.news import News
from transcribid.domain.transcript import Transcript
from transcribid.protocol.engine import Progress, Success, Verdict, WindowDone
from transcribid.service.deferred import Deferred
from transcribid.service.effects import Effects, Outcome
from transcribid.service.job_log import history_note, log_transition
from transcribid.service.parts import Parts
from transcribid.storage.checkpoints import Checkpoint
from transcribid.storage.outbox import NotKept

log = structlog.get_logger()

T = TypeVar("T")


class Dispatcher:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._effects = Effects(parts)
        self._deferred = Deferred()
        self._trouble: str | None = None

    @property
    def trouble(self) -> str | None:
        """Why work has stopped without a pause, or None."""
        return self._deferred.trouble or self._trouble

    def is_deferred(self, job: JobId) -> bool:
        """Whether it is only waiting for the storage."""
        return self._deferred.holds(job)

    def postpone(self, name: str) -> None:
        """Scan this file again when its older version is finished."""
        self._effects.postpone(name)

    def recover(self) -> None:
        """As at startup: finish what was begun and requeue what was running."""
        begun = self._parts.ledger.begun()
        self._deferred.clear()  # each effect is performed again by its job's state
        self._parts.staging.clear()
        self._parts.outbox.clear(
            {job.id for job in begun if job.state in (State.DIARIZING, State.DELIVERING)}
        )
        self._parts.checkpoints.clear(
            self._parts.ledger.unfinished_ids(), self._parts.rules.clock()
        )
        first = {_first(begun, State.RUNNING), _first(begun, State.DIARIZING)}
        for job in begun:
            blamed = job.id in first and not self._got_further(job)
            self.handle(job.id, Recovered(blamed))

    def _got_further(self, job: Job) -> bool:
        progressed = self._parts.checkpoints.progressed(job.id, job.attempt)
        return job.state is State.RUNNING and progressed

    def fill_slots(self) -> None:
        """Dispatch while the executor has free slots and nothing prevents it."""
        begun = self._parts.ledger.begun()
        taken = self._deferred.waiting(Effect.START)
        taken += sum(job.state is State.STAGING for job in begun)
        free = self._parts.executor.free_slots() - taken
        for left in range(free, 0, -1):
            kept = left == 1 and (bool(begun) or free > 1)  # reserved for short recordings
            job = self._parts.ledger.next(self._parts.rules.clock(), quick=kept)
            self._report_trouble(self._obstacle(job) if job else None)
            if job is None or self._trouble:
                return
            self.handle(job.id, Dispatched())

    def _obstacle(self, job: Job) -> str | None:
        return self._parts.rules.roots() or self._parts.rules.room(job)

    def at_work(self, message: Progress | WindowDone | Verdict) -> Job | None:
        """The job that this message is about, unless its attempt was given up."""
        job = self._parts.ledger.get(message.job)
        current = (
            job.state in (State.RUNNING, State.DIARIZING) and job.attempt == message.attempt
        )
        return job if current else None

    def save_window(self, done: WindowDone) -> None:
        """Save a finished window, so that no crash makes it be transcribed again."""
        if job := self.at_work(done):
            self._parts.checkpoints.add(job.id, Checkpoint(done.attempt, done.window_result))

    def receive_verdict(self, verdict: Verdict) -> Transcript | None:
        """Handle the verdict on a request. Returns the transcript once it is complete."""
        job = self.at_work(verdict)
        if job is None:
            return None
        if job.state is State.DIARIZING:
            return self._receive_speakers(job, verdict)
        if isinstance(verdict, Success):
            return self._handle_outcome(job, self._effects.keep_words(job, verdict.transcript))
        progressed = self._parts.checkpoints.progressed(job.id, job.attempt)
        strict = self._effects.is_strict(job.id)
        self.handle(job.id, Failed(job.attempt, verdict.failure, progressed, strict))
        return None

    def _receive_speakers(self, job: Job, verdict: Verdict) -> Transcript | None:
        """Without speakers, the transcript is still delivered."""
        if isinstance(verdict, Success):
            return self._handle_outcome(
                job, self._effects.keep_speakers(job, verdict.transcript)
            )
        if verdict.failure.kind is FailureKind.BYSTANDER:
            self.handle(job.id, Interrupted(job.attempt))
            return None
        try:
            kept = self._effects.forgo(job, verdict.failure.sentence)
        except NotKept:
            self.handle(job.id, TranscriptLost())
            return None
        return self._handle_outcome(job, kept)

    def _handle_outcome(self, job: Job, kept: tuple[Outcome, T]) -> T:
        outcome, transcript = kept
        self.handle(job.id, *outcome)
        return transcript

    def interrupt(self, *states: State) -> None:
        """Requeue running jobs without blame: all of them, or those in these states."""
        begun = self._parts.ledger.begun()
        self._requeue(job for job in begun if not states or job.state in states)

    def requeue_waiting(self, begun: Collection[JobId]) -> None:
        """Requeue jobs that an executor has not begun, except the first of each."""
        jobs = self._parts.ledger.begun()
        speakers = _first(jobs, State.DIARIZING)
        spared = {*begun, _first(jobs, State.RUNNING)}
        self._requeue(
            job
            for job in jobs
            if job.id != speakers and (job.id not in spared or job.state is State.DIARIZING)
        )

    def _requeue(self, jobs: Iterable[Job]) -> None:
        for job in jobs:
            if job.state in (State.STAGING, State.RUNNING, State.DIARIZING):
                self._effects.stop(job.id)
                self.handle(job.id, Interrupted(job.attempt))

    def cancel(self, job: JobId) -> Job:
        self.handle(job, Cancelled())
        return self._parts.ledger.get(job)

    def tend(self) -> None:
        """Retry effects that the storage refused."""
        for job, effect in self._deferred.due(self._parts.rules.clock()):
            self._perform(effect, self._parts.ledger.get(job))

    def announce(self, news: News) -> None:
        """Queue news of the daemon, not of a job, for the hooks."""
        if drafts := self._parts.hooks.drafts(news):
            self._parts.ledger.announce(drafts, at=self._parts.rules.clock())
            self._parts.hooks.wake()

    def handle(self, job_id: JobId, event: Event, news: News | None = None) -> None:
        """Decide, save the decision with its news, and only then act on it."""
        now = self._parts.rules.clock()
        job = self._parts.ledger.get(job_id)
        decision = decide(job, event, now=now, policy=self._parts.rules.policy)
        if decision.job != job:
            name, why = type(event).__name__, history_note(decision.job, event)
            drafts = self._parts.hooks.drafts(news) if news else []
            self._parts.ledger.save(decision.job, event=name, at=now, note=why, drafts=drafts)
            log_transition(job, decision.job)
            if decision.job.state is not job.state and decision.job.state not in ENDED:
                self._deferred.drop(job_id)
            if drafts:
                self._parts.hooks.wake()
        for effect in decision.effects:
            self._perform(effect, decision.job)

    def _perform(self, effect: Effect, job: Job) -> None:
        """The storage may refuse any effect; it is then deferred."""
        try:
            outcomes = self._effects.do(effect, job)
        except NotKept:
            outcomes = [Outcome(TranscriptLost())]
        except OSError as error:
            self._deferred.hold(job.id, effect, error, self._parts.rules.clock())
            return
        for outcome in outcomes:
            self.handle(job.id, *outcome)

    def _report_trouble(self, trouble: str | None) -> None:
        if trouble and trouble != self._trouble:
            log.error("queue.waits", message=trouble)
        self._trouble = trouble


def _first(jobs: Iterable[Job], state: State) -> JobId | None:
    """The job a worker is processing: each takes recordings in order of arrival."""
    return next((job.id for job in jobs if job.state is state), None)
