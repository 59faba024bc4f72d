"""Executes the effects of a saved decision; each is safe to repeat.

The outcomes are returned as events for the dispatcher.
"""

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

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
from transcribid.service.job_log import log_speakers, log_transcribed
from transcribid.service.parts import BadOptions, Parts
from transcribid.storage.outbox import Contest, KeptTranscript

log = structlog.get_logger()

_DIED = "The daemon died several times during diarization."


class Outcome(NamedTuple):
    event: Event
    news: News | None = None  # for hooks, saved together with the decision


class Effects:
    """Executes effects in the main thread."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._options: dict[JobId, Options] = {}
        self._strict: set[JobId] = set()  # running, and accepted only if complete
        self._postponed: set[str] = set()  # files whose older version is still being finished

    def postpone(self, name: str) -> None:
        self._postponed.add(name)

    def is_strict(self, job: JobId) -> bool:
        """Whether its last attempt accepted only a complete recording."""
        return job in self._strict

    def do(self, effect: Effect, job: Job) -> list[Outcome]:
        """Raises OSError if the storage refuses, NotKept if a transcript is gone."""
        match effect:
            case Effect.STAGE:
                self._parts.staging.start(job)
            case Effect.START:
                return self._start(job)
            case Effect.STOP:
                self.stop(job.id)
            case Effect.DIARIZE:
                return self._diarize(job)
            case Effect.FORGO:
                return [self.forgo(job, _DIED)[0]]
            case _:
                return self._finish(effect, job)
        return []

    def _finish(self, effect: Effect, job: Job) -> list[Outcome]:
        match effect:
            case Effect.PLAN:
                first = not self._parts.ledger.was_done(job)
                return [Outcome(Planned(self._parts.outbox.plan(job, first=first)))]
            case Effect.DELIVER:
                return [self._deliver(job)]
            case Effect.CONDEMN:
                return [self._condemn(job)]
            case Effect.DISCARD:
                self._options.pop(job.id, None)
                self._strict.discard(job.id)
                self._parts.staging.discard(job.id)
                self._parts.outbox.discard(job.id)
            case _:
                self._parts.checkpoints.discard(job.id)
        return []

    def stop(self, job: JobId) -> None:
        """Stop all work on a job."""
        parts = self._parts
        for part in (parts.staging, parts.executor, parts.diarizer):
            part.stop(job)

    def keep_words(self, job: Job, transcript: Transcript) -> tuple[Outcome, Transcript | None]:
        """Save a transcript before any event reports it.

        Returns it as well, unless diarization is still to be done.
        """
        options = self._options[job.id]
        wanted = options.diarization.enabled and bool(transcript.segments)
        if options.diarization.enabled and not wanted:
            transcript = unattributed(transcript)
        quality = judge(transcript)
        log_transcribed(job, transcript, quality)
        event = Transcribed(job.attempt, str(quality), speakers=wanted)
        outcome = self._keep(job, KeptTranscript(transcript, options), event)
        return outcome, None if wanted else transcript

    def keep_speakers(self, job: Job, transcript: Transcript) -> tuple[Outcome, Transcript]:
        """Save the speakers; if they were not found, keep the windows for another job."""
        checkpoints, quality = self._parts.checkpoints, judge(transcript)
        if job.copy and transcript.speakers and transcript.speakers.failure:
            checkpoints.retain(job.id, job.copy.sha256)
        elif job.copy:
            checkpoints.release(job.copy.sha256)
        log_speakers(job, transcript, quality)
        event = Attributed(job.attempt, str(quality))
        kept = KeptTranscript(transcript, self._options[job.id])
        return self._keep(job, kept, event), transcript

    def forgo(self, job: Job, why: str) -> tuple[Outcome, Transcript]:
        """Deliver the transcript without speakers. Raises NotKept."""
        kept = self._parts.outbox.kept(job.id)
        self._options[job.id] = kept.options
        return self.keep_speakers(job, unattributed(kept.transcript, why))

    def _start(self, job: Job) -> list[Outcome]:
        rules, checkpoints = self._parts.rules, self._parts.checkpoints
        try:
            options = self._options[job.id] = rules.options_of(job.source.name, job.overrides)
        except BadOptions as error:
            failure = Failure(FailureKind.BAD_INPUT, str(error), "Fix its options.")
            return [Outcome(Failed(job.attempt, failure))]
        finished = checkpoints.read(job.id) or checkpoints.read(_sha256(job))
        request = replace(self._request(job, options), finished_windows=finished)
        if not request.accept_partial:
            self._strict.add(job.id)
        self._parts.executor.start(request, time.monotonic())
        return []

    def _diarize(self, job: Job) -> list[Outcome]:
        kept = self._parts.outbox.kept(job.id)
        self._options[job.id] = kept.options
        if kept.transcript.speakers is not None:  # found before the daemon died
            return [self.keep_speakers(job, kept.transcript)[0]]
        request = replace(self._request(job, kept.options), transcript=kept.transcript)
        self._parts.diarizer.start(request, time.monotonic())
        return []

    def _request(self, job: Job, options: Options) -> Request:
        age = self._parts.rules.clock() - job.admitted
        return Request(
            job.id,
            job.attempt,
            str(self._parts.staging.path(job.id)),
            _sha256(job),
            options,
            max_duration=self._parts.rules.max_duration,
            accept_partial=age >= self._parts.rules.policy.patience(job),
            alone=job.strikes > 0,
            urgent=job.urgent,
        )

    def _keep(self, job: Job, kept: KeptTranscript, event: Transcribed | Attributed) -> Outcome:
        try:
            self._parts.outbox.keep(job.id, kept)
        except OSError as error:
            failure = Failure(FailureKind.STORAGE, f"The transcript cannot be saved: {error}")
            return Outcome(Failed(event.attempt, failure))
        return Outcome(event)

    def _deliver(self, job: Job) -> Outcome:
        self._check_roots()
        try:
            outputs = self._parts.outbox.deliver(job)
        except Contest:
            return Outcome(Contested())
        news = self._news(job, [path.name for path in outputs])
        put_away = self._parts.archive.put_away(job)
        log.info(
            "job.delivered", job=job.id, outputs=[printable(path.name) for path in outputs]
        )
        self._rescan_newer(job, left=not put_away)
        return Outcome(Delivered(), news)

    def _condemn(self, job: Job) -> Outcome:
        self._check_roots()
        history = self._parts.ledger.history(job.id)
        moved = self._parts.quarantine.admit(job, history)
        self._rescan_newer(job, left=False)
        return Outcome(Quarantined(moved), of_failure(job))

    def _news(self, job: Job, outputs: Sequence[str]) -> News | None:
        if not self._parts.hooks.targets:
            return None  # do not read a long transcript for nothing
        return of_transcript(job, self._parts.outbox.kept(job.id).transcript, outputs)

    def _rescan_newer(self, job: Job, *, left: bool) -> None:
        """Scan again for a version that arrived while the old one was being finished."""
        if left or job.source.name in self._postponed:
            self._postponed.discard(job.source.name)
            self._parts.inbox.look_again(job.source.name)

    def _check_roots(self) -> None:
        """Never write to a folder whose share is not mounted. Raises OSError."""
        if trouble := self._parts.rules.roots():
            raise OSError(trouble)


def _sha256(job: Job) -> str:
    return job.copy.sha256 if job.copy else ""
