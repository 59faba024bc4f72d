"""Keeps the status up to date and announces its changes."""

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace

import structlog

from transcribid.domain.news import News, Occasion
from transcribid.domain.transcript import Transcript
from transcribid.inbox import Looked
from transcribid.service.status import Running, Status
from transcribid.workers import Broken, Working

log = structlog.get_logger()


class LiveStatus:
    """Only the main thread changes it; `current` may be read by any thread."""

    def __init__(
        self, publish: Callable[[Status], None], announce: Callable[[News], None]
    ) -> None:
        """`publish` gets each new status, `announce` the news for hooks."""
        self.current = Status(since=time.time())
        self.inbox_was_read = False
        self.engine_worked = False  # any of them, at any time
        self._inbox_trouble: str | None = None
        self._publish = publish
        self._announce = announce
        self._announced: Status | None = None

    def warn(self, warnings: Sequence[str]) -> None:
        """Set the warnings about what is degraded while the daemon runs."""
        for warning in warnings:
            log.warning("daemon.degraded", message=warning)
        self.current = replace(self.current, warnings=tuple(warnings))

    def note_scan(self, look: Looked) -> None:
        """Record a scan of the inbox, or why it failed."""
        if look.trouble and look.trouble != self._inbox_trouble:
            log.error("inbox.unreachable", message=look.trouble)
        self._inbox_trouble = look.trouble
        self.inbox_was_read |= look.trouble is None
        self.current = replace(self.current, settling=look.settling, skipped=look.skipped)

    def note_engine(self, news: Working | Broken) -> None:
        """Record whether an engine works."""
        engines = {**self.current.engines, news.number: news}
        self.current = replace(self.current, engines=engines)
        match news:
            case Working(number=number, performer=performer, gpu=gpu):
                self.engine_worked = True
                totals = self.current.totals
                totals = replace(totals, engine_starts=totals.engine_starts + 1)
                self.current = replace(self.current, totals=totals)
                log.info("engine.ready", number=number, gpu=gpu, **asdict(performer))
                if performer.fallback:
                    log.warning("engine.fallback", number=number, message=performer.fallback)
            case Broken():
                _log_failure(news)

    def forget_engines(self) -> None:
        """Other engines take their place."""
        self.current = replace(self.current, engines={})

    def count(self, transcript: Transcript) -> None:
        self.current = replace(self.current, totals=self.current.totals.plus(transcript))

    def fail(self, trouble: str) -> None:
        """Publish a problem that stops all work."""
        self.current = replace(self.current, trouble=trouble)
        self._publish(self.current)

    def refresh(
        self,
        *,
        paused: bool,
        stopping: bool,
        running: tuple[Running, ...],
        begun: int,
        inbox_trouble: str | None,
        other_trouble: str | None,
    ) -> None:
        """`begun`: how many jobs have left the queue, whether they run or not."""
        self.current = replace(
            self.current,
            ready=self.inbox_was_read and self.current.performer is not None,
            paused=paused,
            trouble=inbox_trouble
            or self._inbox_trouble
            or self._engine_trouble
            or other_trouble,
            stopping=stopping,
            running=running,
            others=begun - len(running),
        )
        self._publish(self.current)
        self._announce_changes()

    def _announce_changes(self) -> None:
        """Announce a new pause, and any new trouble, even at startup."""
        before, now = self._announced or replace(self.current, trouble=None), self.current
        if now.paused and not before.paused:
            self._announce(News(Occasion.PAUSED))
        if now.trouble and not before.trouble:
            self._announce(News(Occasion.BROKEN, now.trouble))
        self._announced = now

    @property
    def _engine_trouble(self) -> str | None:
        """Why nothing can be transcribed; one working engine of several is enough."""
        if self.current.working or not self.current.broken:
            return None
        failure = self.current.broken[0].failure
        return f"The engine is broken. {failure.message} {failure.remedy}".strip()


def _log_failure(broken: Broken) -> None:
    failure = broken.failure
    log.critical(
        "engine.broken",
        number=broken.number,
        message=failure.message,
        remedy=failure.remedy,
        last_words=failure.detail,
        failures=broken.failures,
        again=broken.again,
    )
