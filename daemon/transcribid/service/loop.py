"""The daemon's one deciding loop: takes values out of the mailbox and acts on each."""

import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from queue import Empty

import structlog

from transcribid.domain.job import Job, State
from transcribid.domain.news import News, Occasion
from transcribid.inbox import Arrived, Left, Looked, Notice
from transcribid.ledger import LedgerFull
from transcribid.process.child import Said
from transcribid.protocol.engine import (
    Heard,
    Progress,
    Ready,
    Refusal,
    Success,
    Unable,
    Verdict,
)
from transcribid.service.commands import PAUSED, Commands
from transcribid.service.dispatcher import Dispatcher
from transcribid.service.intake import Intake
from transcribid.service.mailbox import (
    Command,
    Declined,
    Happened,
    Mailbox,
    Message,
    NoticeSent,
    Returned,
    Signal,
    Verb,
)
from transcribid.service.page_settings import PageSettings
from transcribid.service.parts import Parts, Unusable
from transcribid.service.progress import Attempts
from transcribid.service.shutdown import Shutdown
from transcribid.service.status import Status
from transcribid.storage.recognition import Compared
from transcribid.workers import Broken, Working
from transcribid.workers import News as WorkerNews
from transcribid.workers.driver import heard, tended

log = structlog.get_logger()

_TURN = 0.5  # seconds the loop waits for news at most


@dataclass(frozen=True, slots=True)
class Around:
    """What the loop asks of the parts around it."""

    state: Path  # the folder
    stop_grace: Callable[[], float]  # seconds
    rebuild: Callable[[], Parts]  # as the configuration is now; raises Unusable
    reloading: Callable[[], None]  # the service manager is told so, and
    reloaded: Callable[[], None]
    watched: Callable[[Status], None]  # sees each new status
    measure: Callable[[float], None]  # the memory, if it is time by the monotonic clock
    hear_gpus: Callable[[Said, float], None]  # what the process that asks them says


class Service:
    """Everything else only posts into the mailbox; here alone it is decided."""

    def __init__(
        self,
        parts: Parts,
        dispatcher: Dispatcher,
        mailbox: Mailbox,
        around: Around,
        *,
        until_done: bool,
    ) -> None:
        """`until_done`: end when the inbox is served."""
        self.status = Status(since=time.time())
        self._parts = parts
        self._dispatcher = dispatcher
        self._intake = Intake(parts, dispatcher)
        self._commands = Commands(parts, dispatcher, self._intake, mailbox.put)
        self._mailbox = mailbox
        self._around = around
        self._until_done = until_done
        self._settings = PageSettings(around.state, self._reload)
        self._full = False  # the ledger's disk
        self._attempts = Attempts(self._queued)
        self._ending = Shutdown(until_done=until_done)
        self._begun: list[Job] = []  # jobs that have left the queue
        self._looked = False
        self._worked = False  # an engine did, at some time
        self._inbox_trouble: str | None = None
        self._silence: str | None = None  # of whoever watches the inbox
        self._announced: Status | None = None  # what others know

    def run(self) -> int:
        """Until told to stop. Returns the exit status."""
        self._parts.executor.warm(time.monotonic())
        self._guarded(self._dispatcher.recover)
        while self._ending.status is None:
            self._guarded(self._start_over if self._full else self._turn)
        self._guarded(self._dispatcher.interrupt)
        return self._ending.status

    def _guarded(self, step: Callable[[], None]) -> None:
        """A full disk ends nothing: when there is room again, we begin as after a start."""
        try:
            step()
        except LedgerFull as full:
            self._outlast(full)

    def _outlast(self, full: LedgerFull) -> None:
        if not self._full:
            remedy = "free disk space; work then resumes"
            log.error("ledger.full", message=str(full), remedy=remedy)
        self._full = True
        self.status = replace(self.status, trouble=str(full))
        self._around.watched(self.status)
        self._hear_only_people()

    def _start_over(self) -> None:
        self._parts.ledger.probe()
        self._dispatcher.interrupt()
        self._dispatcher.recover()
        self._intake.start_over()
        self._parts.inbox.relist()
        self._full = False
        log.info("ledger.has_room")

    def _hear_only_people(self) -> None:
        """Whatever else is said in this time will be found again when we start over."""
        try:
            message = self._mailbox.get(timeout=_TURN)
        except Empty:
            return
        match message:
            case Signal.STOP:
                self._ending.at_once()
            case (Command() as command) | Returned(command=command):
                command.answer.set_exception(Declined(str(self.status.trouble)))
            case Said():
                for news in self._parts.executor.hear(message, time.monotonic()):
                    if isinstance(news, Working | Broken):
                        self._hear_of_an_engine(news)
            case _:
                return

    def _turn(self) -> None:
        try:
            message = self._mailbox.get(timeout=_TURN)
            while True:
                self._hear(message)
                message = self._mailbox.get_nowait()
        except Empty:
            pass
        now = time.monotonic()
        self._hear_all(tended(self._parts.executors, now))
        self._around.measure(now)
        self._silence = self._parts.inbox.tend(now)
        self._dispatcher.tend()
        if not (self.status.paused or self._ending.stopping) and self.status.performer:
            self._dispatcher.fill_slots()
        self._show()
        self._consider_ending()

    def _hear(self, message: Message) -> None:
        match message:
            case Said():
                self._hear_a_child(message)
            case Happened(job=job, event=event):
                self._dispatcher.handle(job, event)
            case Arrived() | Left() | Looked() | Compared():
                self._notice(message)
            case Command():
                self._obey(message)
            case Returned():
                self._answer(message.command, lambda: self._commands.returned(message))
            case NoticeSent(notice=notice):
                self._parts.ledger.settle_notice(notice)
            case Signal():
                self._stop() if message is Signal.STOP else self._reload()

    def _hear_a_child(self, said: Said) -> None:
        now = time.monotonic()
        self._hear_all(heard(self._parts.executors, said, now))
        self._around.hear_gpus(said, now)

    def _hear_all(self, news: Iterable[WorkerNews]) -> None:
        """What executors have to say."""
        for each in news:
            match each:
                case Working() | Broken():
                    self._hear_of_an_engine(each)
                case Progress() | Heard() | Success() | Refusal():
                    self._hear_of_a_job(each)
                case Ready() | Unable():
                    pass  # its breaker says what comes of that

    def _hear_of_a_job(self, word: Progress | Heard | Verdict) -> None:
        match word:
            case Progress():
                if job := self._dispatcher.at_work(word):
                    self._attempts.note(job, word)
            case Heard():
                if job := self._dispatcher.at_work(word):
                    self._attempts.hear(job, word.window_result)
                self._dispatcher.remember(word)
            case _:
                if transcript := self._dispatcher.hear(word):
                    totals = self.status.totals.plus(transcript)
                    self.status = replace(self.status, totals=totals)
                if not self._dispatcher.at_work(word):
                    self._attempts.forget(word.job, word.attempt)

    def _notice(self, notice: Notice | Compared) -> None:
        match notice:
            case Arrived(entries=entries):
                self._intake.admit(entries)
            case Left(names=names):
                self._intake.left(names)
            case Compared():
                self._intake.admit_compared(notice)
            case Looked():
                self._looked_at(notice)

    def _hear_of_an_engine(self, news: Working | Broken) -> None:
        self.status = replace(self.status, engines={**self.status.engines, news.number: news})
        match news:
            case Working(number=number, performer=performer, gpu=gpu):
                self._worked = True
                totals = self.status.totals
                totals = replace(totals, engine_starts=totals.engine_starts + 1)
                self.status = replace(self.status, totals=totals)
                log.info("engine.ready", number=number, gpu=gpu, **asdict(performer))
                if performer.fallback:
                    log.warning("engine.fallback", number=number, message=performer.fallback)
            case Broken():
                _complain(news)
                others = self.status.working is not None
                self._ending.hear_of(news, worked=self._worked, others=others)
                if self._ending.status is not None and self._settings.drop_engine(news.failure):
                    self._ending.go_on()

    def _looked_at(self, look: Looked) -> None:
        if look.trouble and look.trouble != self._inbox_trouble:
            log.error("inbox.unreachable", message=look.trouble)
        self._inbox_trouble = look.trouble
        self._looked = self._looked or look.trouble is None
        self.status = replace(self.status, settling=look.settling, skipped=look.skipped)

    def _obey(self, command: Command) -> None:
        if command.verb is Verb.SETTINGS:
            self._answer(command, lambda: self._choose(command.overrides))
        else:
            self._answer(command, lambda: self._commands.obey(command))

    def _answer(self, command: Command, work: Callable[[], str | None]) -> None:
        """With the sentence, if there is one yet."""
        try:
            answer = work()
        except Declined as declined:
            command.answer.set_exception(declined)
        except OSError as error:
            message = f"Storage error: {error.strerror or error}."
            command.answer.set_exception(Declined(message))
        except LedgerFull as full:
            command.answer.set_exception(Declined(str(full)))
            raise
        else:
            if answer is not None:
                verb, job = command.verb, command.job
                log.info("command.obeyed", command=verb, job=job, answer=answer)
                command.answer.set_result(answer)

    def _choose(self, settings: str) -> str:
        """Returns what it means for recordings. Raises Declined."""
        engines, at_work = self._parts.executor, self.status.running or self.status.others
        self._settings.choose(settings)
        if at_work and self._parts.executor is not engines:
            return "Saved. Running recordings restart with it."
        return "Saved. It applies from the next recording on."

    def _reload(self) -> list[str]:
        """All or nothing: a configuration with any fault changes nothing.

        Returns why it is not used.
        """
        self._around.reloading()
        refusal: list[str] = []
        try:
            self._adopt(self._around.rebuild())
        except Unusable as why:
            refusal = str(why).splitlines()
        if refusal:
            log.error("config.refused", report=refusal)
        else:
            log.info("config.applied")
        self._around.reloaded()
        return refusal

    def _adopt(self, new: Parts) -> None:
        """From now on with these; some are the same as before."""
        old, now = self._parts, time.monotonic()
        if new.hooks is not old.hooks:
            old.hooks.close(0.0)
            new.hooks.start()
        if new.diarizer is not old.diarizer:
            self._hear_all(old.diarizer.close())  # what it was at is a bystander
        if new.executor is not old.executor:
            self._dispatcher.interrupt(State.STAGING, State.RUNNING)
            self._hear_all(old.executor.close())
            self.status = replace(self.status, engines={})
            new.executor.warm(now)
        if new.inbox is not old.inbox:
            old.inbox.close()
            new.inbox.start()
        self._parts.become(new)

    def _show(self) -> None:
        ledger = self._parts.ledger
        self._begun = ledger.begun()
        running = self._attempts.running(self._begun)
        self.status = replace(
            self.status,
            ready=self._looked and self.status.performer is not None,
            paused=not self._until_done and ledger.fact(PAUSED) is not None,
            trouble=self._silence
            or self._inbox_trouble
            or self._engine_trouble
            or self._dispatcher.trouble,
            stopping=self._ending.stopping,
            running=running,
            others=len(self._begun) - len(running),
        )
        self._around.watched(self.status)
        self._announce()

    def _announce(self) -> None:
        """A pause that is older than we are is no news, trouble always is."""
        before, now = self._announced or replace(self.status, trouble=None), self.status
        if now.paused and not before.paused:
            self._dispatcher.announce(News(Occasion.PAUSED))
        if now.trouble and not before.trouble:
            self._dispatcher.announce(News(Occasion.BROKEN, now.trouble))
        self._announced = now

    def settle(self) -> None:
        """After the end: what couriers said meanwhile."""
        while not self._mailbox.empty():
            message = self._mailbox.get()
            if isinstance(message, NoticeSent):
                self._guarded(partial(self._hear, message))

    def _queued(self) -> int:
        return self._parts.ledger.counts().get(State.QUEUED, 0)

    @property
    def _engine_trouble(self) -> str | None:
        """Why nothing can be transcribed; one of several engines is enough to go on."""
        if self.status.working or not self.status.broken:
            return None
        failure = self.status.broken[0].failure
        return f"The engine is broken. {failure.message} {failure.remedy}".strip()

    def _stop(self) -> None:
        if self._ending.stop(self._around.stop_grace()):
            log.info("daemon.stopping", grace=self._around.stop_grace())
            self._dispatcher.give_back(self._attempts.begun)

    def _consider_ending(self) -> None:
        at_work = any(not self._dispatcher.at_rest(job.id) for job in self._begun)
        self._ending.consider(at_work=at_work, served=self._served)

    def _served(self) -> bool:
        """Whether all that lies in the inbox was seen and is finished."""
        if not self._looked or self.status.settling or self._intake.comparing:
            return False
        return not self._parts.ledger.unfinished(limit=1)


def _complain(broken: Broken) -> None:
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
