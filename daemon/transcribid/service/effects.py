"""What is done after a decision was saved: each effect, safe to do twice."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import structlog

from transcribid.domain.events import (
    Attributed,
    Contested,
    Delivered,
    Event,
    Failed,
    Planned,
    Quarantined,
    Transcribed,
)
from transcribid.domain.job import Failure, FailureKind, Job, JobId
from transcribid.domain.lifecycle import Effect
from transcribid.domain.naming import printable
from transcribid.domain.news import News, of_failure, of_transcript
from transcribid.domain.options import Options
from transcribid.domain.quality import judge
from transcribid.domain.speakers import unattributed
from transcribid.domain.transcript import Transcript
from transcribid.protocol.engine import Request
from transcribid.service.job_log import name_speakers, praise
from transcribid.service.parts import BadOptions, Parts, Rules
from transcribid.storage.outbox import Contest, Kept

log = structlog.get_logger()

_DIED = "The daemon died several times while it was found out who said what."


class Acts:
    """The deciding thread's hands."""

    def __init__(
        self,
        parts: Parts,
        rules: Rules,
        handle: Callable[[JobId, Event, News | None], None],
        look_again: Callable[[str], None],
    ) -> None:
        """`handle` decides of an event, with its news; `look_again` posts a file anew."""
        self.parts = parts
        self.rules = rules
        self.handle = handle
        self._look_again = look_again
        self._options: dict[JobId, Options] = {}
        self._strict: set[JobId] = set()  # at work, and only whole recordings will do
        self._postponed: set[str] = set()  # files whose older version is being finished

    def postpone(self, name: str) -> None:
        self._postponed.add(name)

    def is_strict(self, job: JobId) -> bool:
        """Whether its last attempt would have taken only a whole recording."""
        return job in self._strict

    def do(self, effect: Effect, job: Job) -> None:
        """Raises OSError where the storage refuses, NotKept where a transcript is gone."""
        match effect:
            case Effect.STAGE:
                self.parts.staging.start(job)
            case Effect.START:
                self._start(job)
            case Effect.STOP:
                self.stop(job.id)
            case Effect.DIARIZE:
                self._diarize(job)
            case Effect.FORGO:
                self.forgo(job, _DIED)
            case _:
                self._finish(effect, job)

    def _finish(self, effect: Effect, job: Job) -> None:
        match effect:
            case Effect.PLAN:
                first = not self.parts.ledger.was_done(job)
                self.handle(job.id, Planned(self.parts.outbox.plan(job, first=first)), None)
            case Effect.DELIVER:
                self._deliver(job)
            case Effect.CONDEMN:
                self._condemn(job)
            case Effect.DISCARD:
                self._options.pop(job.id, None)
                self._strict.discard(job.id)
                self.parts.staging.discard(job.id)
                self.parts.outbox.discard(job.id)
            case _:
                self.parts.checkpoints.discard(job.id)

    def stop(self, job: JobId) -> None:
        """Whatever works on it."""
        for part in (self.parts.staging, self.parts.executor, self.parts.diarizer):
            part.stop(job)

    def keep_words(self, job: Job, transcript: Transcript) -> Transcript | None:
        """A transcript is on disk before anything says that it is there.

        Returns it, unless its speakers are yet to be found.
        """
        options = self._options[job.id]
        wanted = options.diarization.enabled and bool(transcript.segments)
        if options.diarization.enabled and not wanted:
            transcript = unattributed(transcript)
        quality = judge(transcript)
        praise(job, transcript, quality)
        event = Transcribed(job.attempt, str(quality), speakers=wanted)
        self._keep(job, Kept(transcript, options), event)
        return None if wanted else transcript

    def keep_speakers(self, job: Job, transcript: Transcript) -> Transcript:
        """Where they could not be found, another job adds them to the same words."""
        checkpoints, quality = self.parts.checkpoints, judge(transcript)
        if job.copy and transcript.speakers and transcript.speakers.failure:
            checkpoints.leave(job.id, job.copy.sha256)
        elif job.copy:
            checkpoints.settle(job.copy.sha256)
        name_speakers(job, transcript, quality)
        event = Attributed(job.attempt, str(quality))
        self._keep(job, Kept(transcript, self._options[job.id]), event)
        return transcript

    def forgo(self, job: Job, why: str) -> Transcript:
        """Deliver the words alone. Raises NotKept."""
        kept = self.parts.outbox.kept(job.id)
        self._options[job.id] = kept.options
        return self.keep_speakers(job, unattributed(kept.transcript, why))

    def _start(self, job: Job) -> None:
        try:
            options = self._options[job.id] = self.rules.options_of(job.source.name, job.wishes)
        except BadOptions as error:
            failure = Failure(FailureKind.BAD_INPUT, str(error), "Correct its options.")
            self.handle(job.id, Failed(job.attempt, failure), None)
            return
        sha256, checkpoints = _sha256(job), self.parts.checkpoints
        heard = checkpoints.read(job.id) or checkpoints.read(sha256)
        request = replace(self._request(job, options), heard=heard)
        if not request.accept_partial:
            self._strict.add(job.id)
        self.parts.executor.start(request)

    def _diarize(self, job: Job) -> None:
        kept = self.parts.outbox.kept(job.id)
        self._options[job.id] = kept.options
        if kept.transcript.speakers is None:
            request = self._request(job, kept.options)
            self.parts.diarizer.start(replace(request, transcript=kept.transcript))
        else:  # found before the daemon died
            self.keep_speakers(job, kept.transcript)

    def _request(self, job: Job, options: Options) -> Request:
        age = self.rules.clock() - job.admitted
        return Request(
            job.id,
            job.attempt,
            str(self.parts.staging.path(job.id)),
            _sha256(job),
            options,
            max_duration=self.rules.max_duration,
            accept_partial=age >= self.rules.policy.patience(job),
            alone=job.strikes > 0,
            urgent=job.urgent,
        )

    def _keep(self, job: Job, kept: Kept, event: Transcribed | Attributed) -> None:
        try:
            self.parts.outbox.keep(job.id, kept)
        except OSError as error:
            failure = Failure(FailureKind.STORAGE, f"The transcript cannot be kept: {error}")
            self.handle(job.id, Failed(event.attempt, failure), None)
        else:
            self.handle(job.id, event, None)

    def _deliver(self, job: Job) -> None:
        self._trust_roots()
        try:
            outputs = self.parts.outbox.deliver(job)
        except Contest:
            self.handle(job.id, Contested(), None)
            return
        news = self._news(job, [path.name for path in outputs])
        put_away = self.parts.archive.put_away(job)
        log.info(
            "job.delivered", job=job.id, outputs=[printable(path.name) for path in outputs]
        )
        self.handle(job.id, Delivered(), news)
        self._turn_to_newer(job, left=not put_away)

    def _condemn(self, job: Job) -> None:
        self._trust_roots()
        moved = self.parts.quarantine.admit(job, self.parts.ledger.history(job.id))
        self.handle(job.id, Quarantined(moved), of_failure(job))
        self._turn_to_newer(job, left=False)

    def _news(self, job: Job, outputs: Sequence[str]) -> News | None:
        if not self.parts.hooks.targets:
            return None  # a long transcript is not read in vain
        return of_transcript(job, self.parts.outbox.kept(job.id).transcript, outputs)

    def _turn_to_newer(self, job: Job, *, left: bool) -> None:
        """A version that came while the old one was finished gets its turn."""
        if left or job.source.name in self._postponed:
            self._postponed.discard(job.source.name)
            self._look_again(job.source.name)

    def _trust_roots(self) -> None:
        """Nothing is written where a share should be mounted and is not."""
        if trouble := self.rules.roots():
            raise OSError(trouble)


def _sha256(job: Job) -> str:
    return job.copy.sha256 if job.copy else ""
