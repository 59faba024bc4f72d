"""One machine that can lose its power at any durable step, and be switched on again."""

import hashlib
import itertools
import json
import os
import queue
import sqlite3
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from support.inline import InlineExecutor
from transcribid import starter
from transcribid.domain.events import Event
from transcribid.domain.ignore import Ignore
from transcribid.domain.job import JobId, State
from transcribid.domain.lifecycle import RetryPolicy
from transcribid.domain.options import Diarization, Options
from transcribid.engine.engine import WhisperEngine
from transcribid.inbox import Inbox, Watch
from transcribid.inbox.listing import look
from transcribid.ledger import Ledger
from transcribid.outputs.delivery import Layout
from transcribid.process.child import ChildOutput
from transcribid.protocol.engine import Refusal, Reply, Request, Settings, Success, WindowDone
from transcribid.service.dispatcher import Dispatcher
from transcribid.service.intake import Intake
from transcribid.service.parts import Parts, Rules
from transcribid.storage import files, relocate
from transcribid.storage.archive import Archive
from transcribid.storage.checkpoints import Checkpoints
from transcribid.storage.outbox import STAGED, Outbox
from transcribid.storage.quarantine import Quarantine
from transcribid.storage.staging import Staging
from transcribid.workers import Executor, News
from transcribid.workers.driver import tend_all
from transcribid.workers.supervisor import DIARIZER, Care, Supervisor

WATCH = Watch("polling", 1.0, 60.0, 900.0, Ignore())
FOLDERS = ("inbox", "outbox", "archive", "quarantine")


class PowerCut(BaseException):
    """Not an Exception: nothing may catch it."""


class Engine:
    """The real one; it hears the same bytes once, for here the storage is on trial."""

    def __init__(self) -> None:
        self._real = WhisperEngine(Settings("starter", "cpu", "int8"))
        self._heard: dict[str, Success] = {}
        self.performer = self._real.performer

    def transcribe(self, request: Request) -> Iterator[Reply]:
        if request.sha256 not in self._heard:
            for reply in self._real.transcribe(request):
                if isinstance(reply, Success):
                    self._heard[request.sha256] = reply
                else:
                    yield reply
        if found := self._heard.get(request.sha256):
            yield replace(found, job=request.job, attempt=request.attempt)


engine = cache(Engine)
TALKS = "talks"  # folder of the inbox whose recordings want speakers


class Diarizer(Engine):
    """The real process, where no pipeline is: it refuses, and that is remembered."""

    def __init__(self) -> None:
        outputs: queue.SimpleQueue[ChildOutput] = queue.SimpleQueue()
        care = Care(program=DIARIZER, self_test=False)
        worker = Supervisor(Settings("/nowhere", "cpu", ""), outputs.put, care)
        worker.start(Request(JobId(0), 0, "", "", Options(), 0.0, accept_partial=True), 0.0)
        news: list[News] = []
        while not news:
            news = worker.receive(outputs.get(timeout=120), 0.0)
        refusal, *_ = news
        assert isinstance(refusal, Refusal)
        self._refusal = refusal
        worker.close()

    def transcribe(self, request: Request) -> Iterator[Reply]:
        assert Path(request.audio).exists()
        assert request.transcript
        yield replace(self._refusal, job=request.job, attempt=request.attempt)


diarizer = cache(Diarizer)


@dataclass
class House:
    root: Path
    archive: Path | None = None  # elsewhere, to cross file systems
    violations: list[str] = field(default_factory=list[str])
    given: dict[str, bytes] = field(default_factory=dict[str, bytes])  # by people, by name

    def __post_init__(self) -> None:
        for name in (*FOLDERS, "state"):
            self.folder(name).mkdir(parents=True, exist_ok=True)
        self._synced: dict[tuple[int, int], int] = {}
        self._moments = itertools.count(1)

    def folder(self, name: str) -> Path:
        return self.archive if name == "archive" and self.archive else self.root / name

    def drop(self, name: str, content: bytes) -> None:
        self.put(f"inbox/{name}", content)

    def put(self, name: str, content: bytes) -> None:
        folder, _, rest = name.partition("/")
        path = self.folder(folder) / rest
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        self.given[name] = content

    def live(self) -> None:
        """Switch on, work until nothing is left to do, and switch off."""
        mailbox: queue.SimpleQueue[tuple[JobId, Event]] = queue.SimpleQueue()
        clock = itertools.count(1_000_000, 100)
        with ExitStack() as opened:
            ledger = Ledger(self.root / "state" / "ledger.sqlite3")
            opened.callback(ledger.close)
            rules = self.rules(lambda: float(next(clock)))
            parts = self.parts(ledger, rules, mailbox, InlineExecutor(engine()))
            opened.callback(parts.staging.close)
            dispatcher = Dispatcher(parts)
            dispatcher.recover()
            found = look(self.root / "inbox", Ignore()).entries
            Intake(parts, dispatcher).admit(sorted(found, key=lambda entry: entry.source.name))
            while ledger.unfinished(limit=1):
                dispatcher.tend()
                dispatcher.fill_slots()
                _hear(parts, dispatcher)
                _next(mailbox, dispatcher)

    def rules(self, clock: Callable[[], float]) -> Rules:
        return Rules(
            policy=RetryPolicy(grace=0.0),
            options_of=lambda name, _: Options(
                formats=("txt", "srt", "json"),
                diarization=Diarization(enabled=name.startswith(TALKS)),
            ),
            ignored=Ignore().path,
            source_of=lambda name: relocate.found(self.root / "inbox", name),
            roots=lambda: None,
            room=lambda _: None,
            max_duration=3600.0,
            clock=clock,
        )

    def parts(self, ledger: Ledger, rules: Rules, mailbox: Any, executor: Executor) -> Parts:
        state, inbox = self.root / "state", self.root / "inbox"
        layout = Layout(42, 2)
        return Parts(
            ledger=ledger,
            rules=rules,
            inbox=Inbox(inbox, WATCH, lambda _: None, lambda: None),  # never started
            executor=executor,
            diarizer=InlineExecutor(diarizer()),
            staging=Staging(
                state / "staged",
                inbox,
                lambda job, outcome: mailbox.put((job, outcome)),
                max_size=1 << 30,
                trouble=lambda: None,
            ),
            checkpoints=Checkpoints(state / "heard"),
            outbox=Outbox(
                self.root / "outbox", state / "kept", naming="{stem}.{format}", layout=layout
            ),
            archive=Archive(self.folder("archive"), inbox, "archive"),
            quarantine=Quarantine(self.root / "quarantine", inbox),
        )

    @contextmanager
    def fused(self, step: int) -> Generator[None]:
        """Lose power at the step-th moment: before or after a durable step."""
        self._moments = itertools.count(1)
        self._synced = {}
        for folder, path in self._everything():
            self._remember(folder)
            if path:
                self._remember(path)
        with pytest.MonkeyPatch.context() as patch:
            for owner, name in STEPS:
                patch.setattr(owner, name, self._fuse(owner, name, step))
            yield

    def _fuse(self, owner: Any, name: str, step: int) -> Callable[..., Any]:
        real = getattr(owner, name)

        def run(*args: Any, **kwargs: Any) -> Any:
            if next(self._moments) == step:
                raise PowerCut
            if owner is Ledger:
                self._lint()
            before = self._is_synced(Path(args[0]).parent) if name == "unlink" else False
            result = real(*args, **kwargs)
            if name == "fsync":
                self._remember(args[0])
            if before:
                self._remember(Path(args[0]).parent)  # nothing relies on a removal
            if next(self._moments) == step:
                raise PowerCut
            return result

        return run

    def darken(self) -> None:
        """What was not synced is gone: the file is there, but empty."""
        for _, path in self._everything():
            if path and path.stat().st_size and not self._is_synced(path):
                os.truncate(path, 0)

    def _lint(self) -> None:
        """A commit relies on names: each folder whose names changed must be synced before."""
        for folder, path in self._everything():
            if path is None and not self._is_synced(folder):
                self.violations.append(f"committed before {folder.name} was synced")

    def _remember(self, what: Path | int) -> None:
        facts = os.fstat(what) if isinstance(what, int) else what.stat()
        self._synced[facts.st_dev, facts.st_ino] = facts.st_mtime_ns

    def _is_synced(self, path: Path) -> bool:
        facts = path.stat()
        return self._synced.get((facts.st_dev, facts.st_ino)) == facts.st_mtime_ns

    def _everything(self) -> Iterator[tuple[Path, Path | None]]:
        roots = [self.folder(name) for name in FOLDERS] + [self.root / "state" / "kept"]
        for root in roots:
            for folder, _, names in os.walk(root):
                if STAGED not in folder:
                    yield Path(folder), None
                    yield from ((Path(folder), Path(folder) / name) for name in names)

    def states(self) -> list[State]:
        with closing(sqlite3.connect(self.root / "state" / "ledger.sqlite3")) as ledger:
            return [
                State(row[0]) for row in ledger.execute("SELECT state FROM job ORDER BY id")
            ]

    def contents(self) -> dict[str, bytes]:
        """Everything that people see, by name."""
        return {
            f"{name}/{path.relative_to(self.folder(name))}": path.read_bytes()
            for name in FOLDERS
            for path in self.folder(name).rglob("*")
            if path.is_file() and STAGED not in path.parts
        }


STEPS: tuple[tuple[Any, str], ...] = (
    (os, "fsync"),
    (os, "replace"),
    (os, "unlink"),
    (files, "name_new"),
    (Ledger, "add"),
    (Ledger, "save"),
)


def _next(mailbox: Any, dispatcher: Dispatcher) -> None:
    try:
        job, event = mailbox.get(timeout=0.05)
    except queue.Empty:
        return
    dispatcher.handle(job, event)


def _hear(parts: Parts, dispatcher: Dispatcher) -> None:
    for news in tend_all(parts.executors, 0.0):
        match news:
            case WindowDone():
                dispatcher.save_window(news)
            case Success() | Refusal():
                dispatcher.receive_verdict(news)
            case _:
                pass


def speech() -> bytes:
    return (starter.RECORDINGS / "en-short.wav").read_bytes()


def other_speech() -> bytes:
    return (starter.RECORDINGS / "en-noisy.ogg").read_bytes()


def broken(house: House) -> list[str]:
    """What is wrong with the folders, whatever the moment."""
    found: list[str] = []
    now = house.contents()
    for name, content in house.given.items():
        folder, _, rest = name.partition("/")
        places = {place.partition("/")[0] for place, other in now.items() if other == content}
        if folder != "inbox" and now.get(name) != content:
            found.append(f"{name} was touched")
        elif folder == "inbox" and len(places) != 1 and not house.archive:
            found.append(f"{rest} is in {places or 'no place'}")
        elif not places:
            found.append(f"{rest} is in no place")
    ours = [name for name in now if name not in house.given and not name.endswith(".part")]
    return found + [problem for name in ours for problem in _half(name, now)]


def _half(name: str, now: Mapping[str, bytes]) -> Iterator[str]:
    folder, _, rest = name.partition("/")
    if folder == "outbox" and name.endswith(".json"):
        try:
            siblings = json.loads(now[name])["outputs"]
        except ValueError:
            yield f"{name} is half"
            return
        for sibling, sha256 in siblings.items():
            content = now.get(str(Path(name).with_name(sibling)), b"")
            if hashlib.sha256(content).hexdigest() != sha256:
                yield f"{name} stands there and {sibling} does not"
    is_report = name.endswith(".report.txt")
    if folder == "quarantine" and not is_report and not now.get(f"{name}.report.txt"):
        yield f"{rest} is in quarantine without a report"
    original = rest.replace(" (2)", "")
    superseded = f"inbox/{original}" in now  # its outputs are being replaced
    if (
        folder == "archive"
        and not superseded
        and not any(
            Path(original).name in content.decode(errors="replace")
            for other, content in now.items()
            if other.startswith("outbox/") and other.endswith(".json")
        )
    ):
        yield f"{rest} is archived without a transcript"
