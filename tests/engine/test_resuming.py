"""A recording that was transcribed in part is finished as if nothing had happened."""

import os
import queue
import signal
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from support.alike import differences
from support.processes import children
from support.sounds import bundled, silence, written
from transcribid import starter
from transcribid.domain.job import FailureKind, JobId
from transcribid.domain.options import Options
from transcribid.domain.transcript import Transcript
from transcribid.domain.window_result import WindowResult
from transcribid.engine import active_recording
from transcribid.engine.engine import WhisperEngine
from transcribid.process.child import ChildOutput
from transcribid.protocol.engine import Refusal, Reply, Request, Settings, Success, WindowDone
from transcribid.workers import News
from transcribid.workers.supervisor import Care, Supervisor

pytestmark = pytest.mark.slow

STARTER = Settings("starter", "cpu", "int8")
UNKNOWN = Options()
PATIENCE = 60.0  # seconds


@pytest.fixture(scope="module")
def engine() -> Iterator[WhisperEngine]:
    with WhisperEngine(STARTER) as engine:
        yield engine


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two minutes and a half, mostly in Spanish."""
    spanish, english = bundled("es-meeting.mp3"), bundled("en-two-speakers.flac")
    parts = [english, silence(30.0), spanish, silence(2.0), spanish, silence(5.0), spanish]
    return written(tmp_path_factory.mktemp("talk") / "talk.wav", *parts)


def request(
    path: Path,
    heard: Sequence[WindowResult] = (),
    options: Options = UNKNOWN,
    sha256: str = "aa",
) -> Request:
    return Request(
        JobId(1),
        1,
        str(path),
        sha256,
        options,
        86_400.0,
        accept_partial=True,
        finished_windows=tuple(heard),
    )


def outcome(replies: Sequence[Reply | News]) -> tuple[Transcript, list[WindowResult]]:
    """The transcript, and the windows that were decoded for it."""
    verdict = replies[-1]
    assert isinstance(verdict, Success)
    window_results = [reply.window_result for reply in replies if isinstance(reply, WindowDone)]
    return verdict.transcript, window_results


def transcribed(engine: WhisperEngine, asked: Request) -> tuple[Transcript, list[WindowResult]]:
    return outcome(list(engine.transcribe(asked)))


@pytest.mark.parametrize(
    "options",
    [
        UNKNOWN,
        Options(multilingual=True),
        Options(language="es", vad=False, word_timestamps=False),
    ],
    ids=["unknown language", "several languages", "given language"],
)
def test_what_was_decoded_before_is_not_decoded_again_and_changes_nothing(
    engine: WhisperEngine, talk: Path, options: Options
) -> None:
    expected, window_results = transcribed(engine, request(talk, (), options))
    assert len(window_results) >= 4

    for count in (1, len(window_results) - 1, len(window_results)):
        found, rest = transcribed(engine, request(talk, window_results[:count], options))
        assert differences(found, expected) == []
        assert differences(rest, window_results[count:]) == []


def other_options(request: Request) -> Request:
    return replace(request, options=replace(request.options, hotwords="Elena"))


def other_sound(request: Request) -> Request:
    return replace(request, sha256="bb")


@pytest.mark.parametrize("other", [other_options, other_sound])
def test_what_was_decoded_otherwise_is_decoded_again(
    engine: WhisperEngine, other: Callable[[Request], Request]
) -> None:
    path = starter.RECORDINGS / "es-short.m4a"
    _, window_results = transcribed(engine, request(path))
    forged = [replace(each, words=()) for each in window_results]
    believed, none = transcribed(engine, request(path, forged))
    found, again = transcribed(engine, other(request(path, forged)))

    assert (believed.text, none) == ("", [])
    assert len(again) == len(window_results)
    assert found.text


@pytest.mark.parametrize("changed", ["MAKING", "digest"])
def test_windows_of_another_making_are_never_joined_with_new_ones(
    engine: WhisperEngine, talk: Path, monkeypatch: pytest.MonkeyPatch, changed: str
) -> None:
    with monkeypatch.context() as older:
        if changed == "MAKING":
            older.setattr(active_recording, "MAKING", active_recording.MAKING - 1)
        else:
            older.setattr(engine, "performer", replace(engine.performer, digest="other"))
        _, kept = transcribed(engine, request(talk))
    expected, window_results = transcribed(engine, request(talk))
    found, again = transcribed(engine, request(talk, kept[:2]))
    mixed, rest = transcribed(engine, request(talk, [*window_results[:1], *kept[1:]]))

    assert len(again) == len(window_results)
    assert differences(found, expected) == []
    assert differences(rest, window_results[1:]) == []
    assert differences(mixed, expected) == []


class Desk:
    """An engine in a process of its own, and all that it says."""

    def __init__(self) -> None:
        self._mailbox: queue.SimpleQueue[ChildOutput] = queue.SimpleQueue()
        self.executor = Supervisor(STARTER, self._mailbox.put, Care(self_test=False))
        self._news: deque[News] = deque()

    def next(self) -> News:
        while not self._news:
            message = self._mailbox.get(timeout=PATIENCE)
            self._news += self.executor.receive(message, time.monotonic())
        return self._news.popleft()

    def start(self, asked: Request) -> None:
        self.executor.start(asked, time.monotonic())

    def replies(self, *until: type[News]) -> list[News]:
        replies = [self.next()]
        while not isinstance(replies[-1], until):
            replies.append(self.next())
        return replies

    def transcribe(self, asked: Request) -> tuple[Transcript, list[WindowResult]]:
        self.start(asked)
        return outcome(self.replies(Success, Refusal))


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk()
    yield desk
    desk.executor.close()


def test_a_killed_engine_costs_only_the_windows_that_it_was_decoding(
    desk: Desk, tmp_path: Path
) -> None:
    parts = [bundled("en-long.flac"), silence(4.0), bundled("es-meeting.mp3")] * 2
    path = written(tmp_path / "talk.wav", *parts)
    before = children(os.getpid())
    desk.start(request(path))
    first = desk.replies(WindowDone)
    (engine,) = children(os.getpid()) - before
    os.kill(engine, signal.SIGKILL)
    first += desk.replies(Success, Refusal)
    kept = [reply.window_result for reply in first if isinstance(reply, WindowDone)]
    found, rest = desk.transcribe(request(path, kept))
    expected, window_results = desk.transcribe(request(path))

    assert isinstance(first[-1], Refusal)
    assert first[-1].failure.kind is FailureKind.LOST
    assert "SIGKILL" in first[-1].failure.message
    assert 0 < len(kept) < len(window_results)
    assert differences(found, expected) == []
    assert differences(rest, window_results[len(kept) :]) == []
