"""Carries out what the lifecycle decides; one thread; the only writer of the ledger."""

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
from transcribid.service.job_log import log_transition, note
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
        """Why work stands still although nobody paused it, or None."""
        return self._deferred.trouble or self._trouble

    def at_rest(self, job: JobId) -> bool:
        """Whether it only waits until the storage takes it."""
        return self._deferred.holds(job)

    def postpone(self, name: str) -> None:
        """Look at this file anew when what was decided of its older version is done."""
        self._effects.postpone(name)

    def recover(self) -> None:
        """Starting is recovering: finish what was begun, take back what was running."""
        begun = self._parts.ledger.begun()
        self._parts.staging.clear()
        self._parts.outbox.clear(
            {job.id for job in begun if job.state in (State.DIARIZING, State.DELIVERING)}
        )
        self._parts.checkpoints.clear(self._parts.ledger.promised(), self._parts.rules.clock())
        first = {_first(begun, State.RUNNING), _first(begun, State.DIARIZING)}
        for job in begun:
            blamed = job.id in first and not self._got_further(job)
            self.handle(job.id, Recovered(blamed))

    def _got_further(self, job: Job) -> bool:
        progressed = self._parts.checkpoints.progressed(job.id, job.attempt)
        return job.state is State.RUNNING and progressed

    def fill_slots(self) -> None:
        """Dispatch while the executor has room and nothing is in the way."""
        begun = self._parts.ledger.begun()
        taken = self._deferred.waiting(Effect.START)
        taken += sum(job.state is State.STAGING for job in begun)
        free = self._parts.executor.free_slots() - taken
        for left in range(free, 0, -1):
            kept = left == 1 and (bool(begun) or free > 1)  # for those that are quick
            job = self._parts.ledger.next(self._parts.rules.clock(), quick=kept)
            self._complain(self._obstacle(job) if job else None)
            if job is None or self._trouble:
                return
            self.handle(job.id, Dispatched())

    def _obstacle(self, job: Job) -> str | None:
        return self._parts.rules.roots() or self._parts.rules.room(job)

    def at_work(self, word: Progress | WindowDone | Verdict) -> Job | None:
        """The job that this word is about, unless its attempt was given up."""
        job = self._parts.ledger.get(word.job)
        current = job.state in (State.RUNNING, State.DIARIZING) and job.attempt == word.attempt
        return job if current else None

    def remember(self, heard: WindowDone) -> None:
        """A window is finished: whatever dies, it is not heard again."""
        if job := self.at_work(heard):
            self._parts.checkpoints.add(job.id, Checkpoint(heard.attempt, heard.window_result))

    def receive_verdict(self, verdict: Verdict) -> Transcript | None:
        """An executor's last word on a request. Returns a transcript that lacks nothing now."""
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
        """What cannot be found out costs no words."""
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
        """Take back what runs, without blame: all of it, or what is in these states."""
        begun = self._parts.ledger.begun()
        self._take_back(job for job in begun if not states or job.state in states)

    def give_back(self, begun: Collection[JobId]) -> None:
        """Take back what only waits: neither begun nor the first in its line."""
        jobs = self._parts.ledger.begun()
        speakers = _first(jobs, State.DIARIZING)
        spared = {*begun, _first(jobs, State.RUNNING)}
        self._take_back(
            job
            for job in jobs
            if job.id != speakers and (job.id not in spared or job.state is State.DIARIZING)
        )

    def _take_back(self, jobs: Iterable[Job]) -> None:
        for job in jobs:
            if job.state in (State.STAGING, State.RUNNING, State.DIARIZING):
                self._effects.stop(job.id)
                self.handle(job.id, Interrupted(job.attempt))

    def cancel(self, job: JobId) -> Job:
        self.handle(job, Cancelled())
        return self._parts.ledger.get(job)

    def tend(self) -> None:
        """Try again what the storage refused."""
        for job, effect in self._deferred.due(self._parts.rules.clock()):
            self._perform(effect, self._parts.ledger.get(job))

    def announce(self, news: News) -> None:
        """Of the daemon, not of a job."""
        if drafts := self._parts.hooks.drafts(news):
            self._parts.ledger.announce(drafts, at=self._parts.rules.clock())
            self._parts.hooks.wake()

    def handle(self, job_id: JobId, event: Event, news: News | None = None) -> None:
        """Decide, make the decision durable with its news, and only then act on it."""
        now = self._parts.rules.clock()
        job = self._parts.ledger.get(job_id)
        decision = decide(job, event, now=now, policy=self._parts.rules.policy)
        if decision.job != job:
            name, why = type(event).__name__, note(decision.job, event)
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
        """The storage may refuse anything at any time; the effect then waits its turn."""
        try:
            outcomes = self._effects.do(effect, job)
        except NotKept:
            outcomes = [Outcome(TranscriptLost())]
        except OSError as error:
            self._deferred.hold(job.id, effect, error, self._parts.rules.clock())
            return
        for outcome in outcomes:
            self.handle(job.id, *outcome)

    def _complain(self, trouble: str | None) -> None:
        if trouble and trouble != self._trouble:
            log.error("queue.waits", message=trouble)
        self._trouble = trouble


def _first(jobs: Iterable[Job], state: State) -> JobId | None:
    """What a worker is at: each takes recordings in the order in which they came."""
    return next((job.id for job in jobs if job.state is state), None)
