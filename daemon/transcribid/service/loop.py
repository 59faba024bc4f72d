"""The daemon's main loop: takes messages out of the mailbox and acts on each."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from queue import Empty

import structlog

from transcribid.domain.job import Job, State
from transcribid.inbox import Arrived, Left, Looked, Notice
from transcribid.ledger import LedgerFull
from transcribid.process.child import ChildOutput
from transcribid.protocol.engine import (
    Progress,
    Ready,
    Refusal,
    Success,
    Unable,
    Verdict,
    WindowDone,
)
from transcribid.service.answers import answer
from transcribid.service.commands import PAUSED, Commands
from transcribid.service.dispatcher import Dispatcher
from transcribid.service.intake import Intake
from transcribid.service.live_status import LiveStatus
from transcribid.service.mailbox import (
    Command,
    Declined,
    JobEvent,
    Mailbox,
    Message,
    NoticeSent,
    Returned,
    Signal,
)
from transcribid.service.page_settings import PageSettings
from transcribid.service.parts import Parts
from transcribid.service.progress import Attempts
from transcribid.service.reload import Rebuilding, Reload
from transcribid.service.shutdown import Shutdown
from transcribid.service.status import Status
from transcribid.storage.recognition import Compared
from transcribid.workers import Broken, Working
from transcribid.workers import News as WorkerNews
from transcribid.workers.driver import receive_all, tend_all

log = structlog.get_logger()

_TURN = 0.5  # the most seconds that the loop waits for a message


@dataclass(frozen=True, slots=True)
class Collaborators:
    """What the loop needs from other parts of the daemon."""

    state: Path  # the folder
    stop_grace: Callable[[], float]  # seconds
    reload: Rebuilding
    publish: Callable[[Status], None]  # gets each new status
    measure: Callable[[float], None]  # memory, when due by the monotonic clock
    receive_gpus: Callable[[ChildOutput, float], None]  # output of the GPU memory reader


class Service:
    """All decisions are made here; everything else only posts to the mailbox."""

    def __init__(
        self,
        parts: Parts,
        dispatcher: Dispatcher,
        mailbox: Mailbox,
        collaborators: Collaborators,
        *,
        until_done: bool,
    ) -> None:
        """`until_done`: end when all recordings in the inbox are finished."""
        self.status = LiveStatus(collaborators.publish, dispatcher.announce)
        self._parts = parts
        self._dispatcher = dispatcher
        self._reload = Reload(
            parts, dispatcher, self.status, collaborators.reload, self._receive_all
        )
        self._settings = PageSettings(collaborators.state, parts, self._reload.run)
        self._intake = Intake(parts, dispatcher)
        self._commands = Commands(parts, dispatcher, self._intake, self._settings, mailbox.put)
        self._mailbox = mailbox
        self._collaborators = collaborators
        self._until_done = until_done
        self._full = False  # the ledger's disk
        self._attempts = Attempts(self._queued)
        self._shutdown = Shutdown(until_done=until_done)
        self._begun: list[Job] = []  # jobs that have left the queue

    def run(self) -> int:
        """Run until stopped. Returns the exit status."""
        self._parts.executor.warm(time.monotonic())
        self._guarded(self._dispatcher.recover)
        while self._shutdown.status is None:
            self._guarded(self._start_over if self._full else self._turn)
        self._guarded(self._dispatcher.interrupt)
        return self._shutdown.status

    def _guarded(self, step: Callable[[], None]) -> None:
        """A full disk does not end the daemon: with space again, it recovers as at startup."""
        try:
            step()
        except LedgerFull as full:
            self._wait_for_space(full)

    def _wait_for_space(self, full: LedgerFull) -> None:
        if not self._full:
            remedy = "free disk space; work then resumes"
            log.error("ledger.full", message=str(full), remedy=remedy)
        self._full = True
        self.status.fail(str(full))
        self._receive_only_people()

    def _start_over(self) -> None:
        self._parts.ledger.probe()
        self._dispatcher.interrupt()
        self._dispatcher.recover()
        self._intake.start_over()
        self._parts.inbox.relist()
        self._full = False
        log.info("ledger.has_room")

    def _receive_only_people(self) -> None:
        """Everything else posted meanwhile is found again by `_start_over`."""
        try:
            message = self._mailbox.get(timeout=_TURN)
        except Empty:
            return
        match message:
            case Signal.STOP:
                self._shutdown.stop_now()
            case (Command() as command) | Returned(command=command):
                command.answer.set_exception(Declined(str(self.status.current.trouble)))
            case ChildOutput():
                now = time.monotonic()
                for news in receive_all(self._parts.executors, message, now):
                    if isinstance(news, Working | Broken):
                        self._receive_engine(news)
                self._collaborators.receive_gpus(message, now)
            case _:
                return

    def _turn(self) -> None:
        try:
            message = self._mailbox.get(timeout=_TURN)
            while True:
                self._receive(message)
                message = self._mailbox.get_nowait()
        except Empty:
            pass
        now = time.monotonic()
        self._receive_all(tend_all(self._parts.executors, now))
        self._collaborators.measure(now)
        inbox_trouble = self._parts.inbox.tend(now)
        self._dispatcher.tend()
        stands_still = self._paused or self._shutdown.stopping
        if self.status.current.performer and not stands_still:
            self._dispatcher.fill_slots()
        self._refresh_status(inbox_trouble)
        self._consider_ending()

    def _receive(self, message: Message) -> None:
        match message:
            case ChildOutput():
                self._receive_child(message)
            case JobEvent(job=job, event=event):
                self._dispatcher.handle(job, event)
            case Arrived() | Left() | Looked() | Compared():
                self._receive_notice(message)
            case Command():
                answer(message, lambda: self._commands.execute(message))
            case Returned():
                answer(message.command, lambda: self._commands.finish_retry(message))
            case NoticeSent(notice=notice):
                self._parts.ledger.settle_notice(notice)
            case Signal.STOP:
                self._stop()
            case Signal.RELOAD:
                self._reload.run()

    def _receive_child(self, output: ChildOutput) -> None:
        now = time.monotonic()
        self._receive_all(receive_all(self._parts.executors, output, now))
        self._collaborators.receive_gpus(output, now)

    def _receive_all(self, news: Iterable[WorkerNews]) -> None:
        """Handle the news of executors."""
        for each in news:
            match each:
                case Working() | Broken():
                    self._receive_engine(each)
                case Progress() | WindowDone() | Success() | Refusal():
                    self._receive_job(each)
                case Ready() | Unable():
                    pass  # its breaker reports what follows

    def _receive_job(self, message: Progress | WindowDone | Verdict) -> None:
        match message:
            case Progress():
                if job := self._dispatcher.at_work(message):
                    self._attempts.note(job, message)
            case WindowDone():
                if job := self._dispatcher.at_work(message):
                    self._attempts.add_window(job, message.window_result)
                self._dispatcher.save_window(message)
            case _:
                if transcript := self._dispatcher.receive_verdict(message):
                    self.status.count(transcript)
                if not self._dispatcher.at_work(message):
                    self._attempts.forget(message.job, message.attempt)

    def _receive_notice(self, notice: Notice | Compared) -> None:
        match notice:
            case Arrived(entries=entries):
                self._intake.admit(entries)
            case Left(names=names):
                self._intake.note_left(names)
            case Compared():
                self._intake.admit_compared(notice)
            case Looked():
                self.status.note_scan(notice)

    def _receive_engine(self, news: Working | Broken) -> None:
        self.status.note_engine(news)
        if isinstance(news, Working):
            return
        others = self.status.current.working is not None
        self._shutdown.note_failure(news, worked=self.status.engine_worked, others=others)
        if self._shutdown.status is not None and self._settings.drop_engine(news.failure):
            self._shutdown.cancel()

    def _refresh_status(self, inbox_trouble: str | None) -> None:
        """`inbox_trouble`: why the inbox is not watched."""
        ledger = self._parts.ledger
        self._begun = ledger.begun()
        self.status.refresh(
            paused=self._paused,
            stopping=self._shutdown.stopping,
            running=self._attempts.running(self._begun),
            begun=len(self._begun),
            inbox_trouble=inbox_trouble,
            other_trouble=self._dispatcher.trouble,
        )

    def settle(self) -> None:
        """After `run`: record the notices that were sent meanwhile."""
        while not self._mailbox.empty():
            message = self._mailbox.get()
            if isinstance(message, NoticeSent):
                self._guarded(partial(self._receive, message))

    @property
    def _paused(self) -> bool:
        return not self._until_done and self._parts.ledger.fact(PAUSED) is not None

    def _queued(self) -> int:
        return self._parts.ledger.counts().get(State.QUEUED, 0)

    def _stop(self) -> None:
        if self._shutdown.stop(self._collaborators.stop_grace()):
            log.info("daemon.stopping", grace=self._collaborators.stop_grace())
            self._dispatcher.requeue_waiting(self._attempts.begun)

    def _consider_ending(self) -> None:
        at_work = any(not self._dispatcher.is_deferred(job.id) for job in self._begun)
        self._shutdown.consider(at_work=at_work, served=self._served)

    def _served(self) -> bool:
        """Whether everything in the inbox was seen and is finished."""
        status = self.status
        if not status.inbox_was_read or status.current.settling or self._intake.comparing:
            return False
        return not self._parts.ledger.unfinished(limit=1)
