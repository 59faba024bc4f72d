"""Carries out what the lifecycle decides; one thread; the only writer of the ledger."""

from collections.abc import Callable, Collection, Iterable, Sequence

import structlog

from transcribid.checkpoints import Line
from transcribid.dispatcher import telling
from transcribid.dispatcher.held import Held
from transcribid.dispatcher.parts import BadOptions, Parts, Rules
from transcribid.domain.job import Failure, FailureKind, Job, JobId, State
from transcribid.domain.lifecycle import (
    Cancelled,
    Contested,
    Delivered,
    Dispatched,
    Effect,
    Event,
    Failed,
    Interrupted,
    Planned,
    Quarantined,
    Recovered,
    Transcribed,
    TranscriptLost,
    decide,
)
from transcribid.domain.naming import printable
from transcribid.domain.news import News, of_failure, of_transcript
from transcribid.domain.options import Options
from transcribid.domain.quality import judge
from transcribid.domain.transcript import Transcript
from transcribid.outbox import Contest, Kept, NotKept
from transcribid.wire import Heard, Progress, Request, Success, Verdict

log = structlog.get_logger()


class Dispatcher:
    def __init__(self, parts: Parts, rules: Rules, look_again: Callable[[str], None]) -> None:
        """`look_again` makes the inbox post a file anew."""
        self.parts = parts
        self.rules = rules
        self._look_again = look_again
        self._options: dict[JobId, Options] = {}
        self._held = Held()
        self._trouble: str | None = None
        self._postponed: set[str] = set()  # files whose older version is being finished

    @property
    def trouble(self) -> str | None:
        """Why work stands still although nobody paused it, or None."""
        return self._held.trouble or self._trouble

    def at_rest(self, job: JobId) -> bool:
        """Whether it only waits until the storage takes it."""
        return self._held.holds(job)

    def postpone(self, name: str) -> None:
        """Look at this file anew when what was decided of its older version is done."""
        self._postponed.add(name)

    def recover(self) -> None:
        """Starting is recovering: finish what was begun, take back what was running."""
        begun = self.parts.ledger.begun()
        self.parts.staging.clear()
        self.parts.outbox.clear({job.id for job in begun if job.state is State.DELIVERING})
        self.parts.checkpoints.clear(self.parts.ledger.promised(), self.rules.clock())
        first = _first_running(begun)
        for job in begun:
            progressed = self.parts.checkpoints.progressed(job.id, job.attempt)
            self.handle(job.id, Recovered(blamed=job.id == first and not progressed))

    def fill_slots(self) -> None:
        """Dispatch while the executor has room and nothing is in the way."""
        at_work = self._held.waiting(Effect.START)
        at_work += sum(job.state is State.STAGING for job in self.parts.ledger.begun())
        for _ in range(self.parts.executor.free_slots() - at_work):
            job = self.parts.ledger.next(self.rules.clock())
            self._complain(self.rules.roots() or self.rules.room(job) if job else None)
            if job is None or self._trouble:
                return
            self.handle(job.id, Dispatched())

    def at_work(self, word: Progress | Heard | Verdict) -> Job | None:
        """The job that this word is about, unless its attempt was given up."""
        job = self.parts.ledger.get(word.job)
        current = job.state is State.RUNNING and job.attempt == word.attempt
        return job if current else None

    def remember(self, heard: Heard) -> None:
        """A window is finished: whatever dies, it is not heard again."""
        if job := self.at_work(heard):
            self.parts.checkpoints.add(job.id, Line(heard.attempt, heard.passage))

    def hear(self, verdict: Verdict) -> None:
        """The executor's last word on a request."""
        if not isinstance(verdict, Success):
            progressed = self.parts.checkpoints.progressed(verdict.job, verdict.attempt)
            self.handle(verdict.job, Failed(verdict.attempt, verdict.failure, progressed))
        elif job := self.at_work(verdict):
            quality = judge(verdict.transcript)
            telling.praise(job, verdict.transcript, quality)
            self._reckon(job, verdict.transcript)
            kept = Kept(verdict.transcript, self._options[job.id])
            self._store(job.id, kept, Transcribed(verdict.attempt, str(quality)))

    def _reckon(self, job: Job, transcript: Transcript) -> None:
        """Speakers that could not be told are added by another job, from the same words."""
        if job.copy is None or transcript.speakers is None:
            return
        if transcript.speakers.failure:
            self.parts.checkpoints.leave(job.id, job.copy.sha256)
        else:
            self.parts.checkpoints.settle(job.copy.sha256)

    def interrupt(self) -> None:
        """Take back what runs, without blame."""
        self._take_back(self.parts.ledger.begun())

    def give_back(self, begun: Collection[JobId]) -> None:
        """Take back what only waits for the engine: neither begun nor the first in its line."""
        jobs = self.parts.ledger.begun()
        spared = {*begun, _first_running(jobs)}
        self._take_back(job for job in jobs if job.id not in spared)

    def _take_back(self, jobs: Iterable[Job]) -> None:
        for job in jobs:
            if job.state in (State.STAGING, State.RUNNING):
                self.parts.staging.stop(job.id)
                self.parts.executor.stop(job.id)
                self.handle(job.id, Interrupted(job.attempt))

    def cancel(self, job: JobId) -> Job:
        self.handle(job, Cancelled())
        return self.parts.ledger.get(job)

    def tend(self) -> None:
        """Try again what the storage refused."""
        for job, effect in self._held.due(self.rules.clock()):
            self._perform(effect, self.parts.ledger.get(job))

    def announce(self, news: News) -> None:
        """Of the daemon, not of a job."""
        if drafts := self.parts.hooks.drafts(news):
            self.parts.ledger.announce(drafts, at=self.rules.clock())
            self.parts.hooks.ring()

    def handle(self, job_id: JobId, event: Event, news: News | None = None) -> None:
        """Decide, make the decision durable with its news, and only then act on it."""
        now = self.rules.clock()
        job = self.parts.ledger.get(job_id)
        decision = decide(job, event, now=now, policy=self.rules.policy)
        if decision.job != job:
            name, note = type(event).__name__, telling.note(decision.job, event)
            drafts = self.parts.hooks.drafts(news) if news else []
            self.parts.ledger.save(decision.job, event=name, at=now, note=note, drafts=drafts)
            telling.tell(job, decision.job)
            if drafts:
                self.parts.hooks.ring()
        for effect in decision.effects:
            self._perform(effect, decision.job)

    def _perform(self, effect: Effect, job: Job) -> None:
        """The storage may refuse anything at any time; the effect then waits its turn."""
        try:
            self._act(effect, job)
        except NotKept:
            self.handle(job.id, TranscriptLost())
        except OSError as error:
            self._held.hold(job.id, effect, error, self.rules.clock())

    def _act(self, effect: Effect, job: Job) -> None:
        match effect:
            case Effect.STAGE:
                self.parts.staging.start(job)
            case Effect.START:
                self._start(job)
            case Effect.STOP:
                self.parts.staging.stop(job.id)
                self.parts.executor.stop(job.id)
            case Effect.PLAN:
                self.handle(job.id, Planned(self.parts.outbox.plan(job)))
            case Effect.DELIVER:
                self._trust_roots()
                self._deliver(job)
            case Effect.CONDEMN:
                self._trust_roots()
                moved = self.parts.quarantine.admit(job, self.parts.ledger.history(job.id))
                self.handle(job.id, Quarantined(moved), of_failure(job))
                self._turn_to_newer(job, left=False)
            case Effect.DISCARD:
                self._options.pop(job.id, None)
                self.parts.staging.discard(job.id)
                self.parts.outbox.discard(job.id)
            case Effect.FORGET:
                self.parts.checkpoints.discard(job.id)

    def _start(self, job: Job) -> None:
        try:
            options = self._options[job.id] = self.rules.options_of(job.source.name, job.wishes)
        except BadOptions as error:
            failure = Failure(FailureKind.BAD_INPUT, str(error), "Correct its options.")
            self.handle(job.id, Failed(job.attempt, failure))
            return
        self.parts.executor.start(self._request(job, options))

    def _request(self, job: Job, options: Options) -> Request:
        age, checkpoints = self.rules.clock() - job.admitted, self.parts.checkpoints
        sha256 = job.copy.sha256 if job.copy else ""
        return Request(
            job.id,
            job.attempt,
            str(self.parts.staging.path(job.id)),
            sha256,
            options,
            max_duration=self.rules.max_duration,
            accept_partial=age >= self.rules.policy.grace,
            alone=job.strikes > 0,
            heard=checkpoints.read(job.id) or checkpoints.read(sha256),
        )

    def _deliver(self, job: Job) -> None:
        try:
            outputs = self.parts.outbox.deliver(job)
        except Contest:
            self.handle(job.id, Contested())
            return
        news = self._news(job, [path.name for path in outputs])
        put_away = self.parts.archive.put_away(job)
        log.info(
            "job.delivered", job=job.id, outputs=[printable(path.name) for path in outputs]
        )
        self.handle(job.id, Delivered(), news)
        self._turn_to_newer(job, left=not put_away)

    def _news(self, job: Job, outputs: Sequence[str]) -> News | None:
        if not self.parts.hooks.targets:
            return None  # a long transcript is not read in vain
        return of_transcript(job, self.parts.outbox.kept(job.id).transcript, outputs)

    def _turn_to_newer(self, job: Job, *, left: bool) -> None:
        """A version that came while the old one was finished gets its turn."""
        if left or job.source.name in self._postponed:
            self._postponed.discard(job.source.name)
            self._look_again(job.source.name)

    def _store(self, job: JobId, kept: Kept, event: Transcribed) -> None:
        """A transcript is on disk before anything says that it is there."""
        try:
            self.parts.outbox.keep(job, kept)
        except OSError as error:
            failure = Failure(FailureKind.STORAGE, f"The transcript cannot be kept: {error}")
            self.handle(job, Failed(event.attempt, failure))
        else:
            self.handle(job, event)

    def _complain(self, trouble: str | None) -> None:
        if trouble and trouble != self._trouble:
            log.error("queue.waits", message=trouble)
        self._trouble = trouble

    def _trust_roots(self) -> None:
        """Nothing is written where a share should be mounted and is not."""
        if trouble := self.rules.roots():
            raise OSError(trouble)


def _first_running(jobs: Iterable[Job]) -> JobId | None:
    """What the engine is at: it takes recordings in the order in which they came."""
    return next((job.id for job in jobs if job.state is State.RUNNING), None)
