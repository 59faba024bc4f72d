"""What every executor promises. A new one joins `EXECUTORS` and nothing else."""

import queue
import subprocess
import sys
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path

import pytest

from support import saboteur
from support.daemon import wait_until
from support.inline import InlineExecutor
from support.sounds import bundled, written
from support.window_results import window_result
from transcribid import starter
from transcribid.domain.job import FailureKind, JobId
from transcribid.domain.options import Options
from transcribid.engine.engine import WhisperEngine
from transcribid.process.child import ChildOutput
from transcribid.protocol.engine import (
    Progress,
    Ready,
    Refusal,
    Request,
    Settings,
    Success,
    Unable,
    Verdict,
    WindowDone,
    decode_reply,
)
from transcribid.workers import Executor, News, Working
from transcribid.workers.breaker import Breaker
from transcribid.workers.fallback import Fallback, steps
from transcribid.workers.pool import Pool
from transcribid.workers.process import Patience
from transcribid.workers.recycling import Upkeep
from transcribid.workers.supervisor import Care, Supervisor

Post = Callable[[ChildOutput], None]

STARTER = Settings("starter", "cpu", "int8")
SABOTEUR = saboteur.PROGRAM
SPEECH = starter.RECORDINGS / "en-short.wav"
_SILENCE = 60.0  # seconds that a worker may be silent


@cache
def engine() -> WhisperEngine:
    return WhisperEngine(STARTER)


Make = Callable[[Post], Executor]
UNTRIED = Care(self_test=False)


def process(post: Post) -> Executor:
    return Supervisor(STARTER, post, UNTRIED)


def guarded(post: Post) -> Executor:
    """As the daemon has it."""
    inner = Supervisor(STARTER, post, Care())
    return Breaker(0, Fallback(steps(STARTER, on_gpu=False), inner))


EXECUTORS: dict[str, Make] = {
    "inline": lambda _: InlineExecutor(engine()),
    "process": process,
    "pool": lambda post: Pool([process(post), process(post)]),
    "guarded": guarded,
}


def sabotaged(post: Post, model: str = "", startup: float = 60.0) -> Supervisor:
    patience = Patience(startup, _SILENCE)
    care = Care(program=SABOTEUR, patience=patience, self_test=False)
    return Supervisor(Settings(model, "cpu", "int8"), post, care)


def sabotaged_and_guarded(post: Post) -> Executor:
    settings = Settings("", "cpu", "int8")
    care = Care(program=SABOTEUR, patience=Patience(60.0, _SILENCE))
    inner = Supervisor(settings, post, care)
    return Breaker(0, Fallback(steps(settings, on_gpu=False), inner))


ISOLATED: dict[str, Make] = {
    "process": sabotaged,
    "pool": lambda post: Pool([sabotaged(post), sabotaged(post)]),
    "guarded": sabotaged_and_guarded,
}


class Desk:
    """An executor and everything it says."""

    def __init__(self, make: Make) -> None:
        self._mailbox: queue.SimpleQueue[ChildOutput] = queue.SimpleQueue()
        self.executor = make(self._mailbox.put)
        self._news: deque[News] = deque()

    def start(self, audio: str | Path, job: int = 1, prompt: str | None = None) -> None:
        options = Options(language="en", initial_prompt=prompt)
        request = Request(JobId(job), 1, str(audio), "", options, 60.0, True)
        self.executor.start(request, time.monotonic())

    def start_all(self, *audios: str | Path) -> None:
        for job, audio in enumerate(audios, 1):
            self.start(audio, job)

    def warm(self) -> None:
        self.executor.warm(time.monotonic())

    def turn(self, later: float = 0.0) -> None:
        """Listen a little, and let so many seconds go by."""
        with suppress(queue.Empty):
            output = self._mailbox.get(timeout=0.02)
            self._news += self.executor.receive(output, time.monotonic())
        self._news += self.executor.tend(time.monotonic() + later)

    def reply(self) -> News:
        deadline = time.monotonic() + 60
        while not self._news:
            assert time.monotonic() < deadline, "not a word"
            self.turn()
        return self._news.popleft()

    def until(self, true: Callable[[], bool]) -> None:
        def turned() -> bool:
            self.turn()
            return true()

        wait_until(turned, 60.0, "what was expected")

    def outwait(self) -> None:
        """Once a worker is at it, let more time go by than it may be silent."""
        self.progress()
        self.turn(later=1.5 * _SILENCE)

    def close(self) -> list[Verdict]:
        """The verdicts that nobody asked for, and those on what ran."""
        self._news += self.executor.close()
        return [each for each in self._news if isinstance(each, Success | Refusal)]

    def verdict(self) -> Verdict:
        while True:
            if isinstance(reply := self.reply(), Success | Refusal):
                return reply

    def verdicts(self, count: int) -> list[Verdict]:
        return [self.verdict() for _ in range(count)]

    def progress(self) -> Progress:
        while True:
            if isinstance(reply := self.reply(), Progress):
                return reply

    def unable(self) -> Unable:
        while True:
            if isinstance(reply := self.reply(), Unable):
                return reply


@pytest.fixture(params=EXECUTORS)
def desk(request: pytest.FixtureRequest) -> Iterator[Desk]:
    desk = Desk(EXECUTORS[request.param])
    yield desk
    desk.close()


@pytest.fixture(params=ISOLATED)
def isolated(request: pytest.FixtureRequest) -> Iterator[Desk]:
    desk = Desk(ISOLATED[request.param])
    yield desk
    desk.close()


@pytest.fixture
def crowded() -> Iterator[Desk]:
    """One worker with several slots."""
    desk = Desk(sabotaged)
    yield desk
    desk.close()


def kinds(verdicts: list[Verdict]) -> list[tuple[int, FailureKind | None]]:
    return [
        (verdict.job, verdict.failure.kind if isinstance(verdict, Refusal) else None)
        for verdict in verdicts
    ]


def test_a_warm_executor_says_who_will_transcribe(desk: Desk) -> None:
    desk.warm()

    ready = desk.reply()
    assert isinstance(ready, Ready | Working)
    assert (ready.performer.model, ready.performer.device) == ("starter", "cpu")


def test_a_recording_is_answered_with_its_transcript(desk: Desk) -> None:
    desk.start(SPEECH)

    verdict = desk.verdict()
    assert isinstance(verdict, Success)
    assert verdict.transcript.text == SPEECH.with_suffix(".txt").read_text().strip()


def test_a_bad_file_is_refused_and_the_next_succeeds(desk: Desk, tmp_path: Path) -> None:
    bad = tmp_path / "bad.mp3"
    bad.write_text("this is text\n" * 100)
    desk.start(bad)
    refusal = desk.verdict()
    desk.start(SPEECH, job=2)

    assert isinstance(refusal, Refusal)
    assert refusal.failure.kind is FailureKind.BAD_INPUT
    assert isinstance(desk.verdict(), Success)


@pytest.mark.parametrize(
    ("audio", "ending"),
    [
        ("abort", "SIGABRT"),
        ("segfault", "SIGSEGV"),
        ("exit", "status 0"),
        ("hang", "SIGKILL"),
        ("babble", "invalid message"),
    ],
)
def test_a_dead_or_silent_worker_is_named_and_replaced(
    isolated: Desk, audio: str, ending: str
) -> None:
    isolated.start(audio)
    if audio == "hang":
        isolated.outwait()
    refusal = isolated.verdict()
    isolated.start("talk", job=2)

    assert isinstance(refusal, Refusal)
    assert refusal.failure.kind is FailureKind.LOST
    assert ending in refusal.failure.message
    assert isinstance(isolated.verdict(), Success)


def test_an_engine_tells_what_memory_it_takes_while_it_runs(isolated: Desk) -> None:
    assert isolated.executor.memory() == {}
    isolated.start("talk")
    isolated.until(lambda: isolated.executor.memory().get(0, 0) > 5 << 20)
    isolated.close()

    assert isolated.executor.memory() == {}


def test_each_request_gets_exactly_one_verdict(isolated: Desk) -> None:
    for job, audio in enumerate(["talk", "abort", "talk", "bad", "exit", "last", "talk"], 1):
        isolated.start(audio, job=job)
        assert isolated.verdict().job == JobId(job)

    assert not isolated.close()


def test_a_worker_that_died_while_idle_does_not_swallow_a_job(isolated: Desk) -> None:
    isolated.start("last")
    isolated.verdict()
    isolated.start("talk", job=2)

    assert isolated.verdict().job == JobId(2)


@pytest.mark.parametrize("audio", ["patient", "hang"])
def test_a_stopped_job_is_answered_and_makes_room(isolated: Desk, audio: str) -> None:
    isolated.start(audio)
    isolated.progress()
    isolated.executor.stop(JobId(1))
    if audio == "hang":
        isolated.turn(later=1.5 * _SILENCE)

    assert isinstance(isolated.verdict(), Refusal)
    isolated.until(lambda: isolated.executor.free_slots() > 0)


def test_closing_answers_what_runs_and_may_be_repeated(isolated: Desk) -> None:
    isolated.start_all("hang", "hang", "talk", "talk")
    isolated.progress()
    first = [verdict.job for verdict in isolated.close()]

    assert sorted(first) == [1, 2, 3, 4]
    assert len(isolated.close()) == 4  # and nothing more


def test_there_are_as_many_slots_as_the_engine_says(crowded: Desk) -> None:
    assert crowded.executor.free_slots() == 1
    crowded.warm()
    crowded.reply()
    free: list[int] = []
    for job in range(1, 6):
        free.append(crowded.executor.free_slots())
        crowded.start("hang", job)

    assert free == [saboteur.SLOTS, 2, 1, 0, 0]


def test_when_all_turn_out_to_be_long_there_is_a_place_for_a_short_one(crowded: Desk) -> None:
    crowded.start_all("three-are-long", "talk", "talk")
    crowded.until(lambda: crowded.executor.free_slots() == 1)
    crowded.start("talk", 4)
    assert crowded.executor.free_slots() == 0

    crowded.executor.stop(JobId(1))
    assert kinds(crowded.verdicts(4)) == [
        (1, FailureKind.BYSTANDER),
        (2, None),
        (3, None),
        (4, None),
    ]


def test_a_finished_window_is_passed_on_before_the_verdict(isolated: Desk) -> None:
    isolated.start("talk")
    isolated.progress()

    assert isolated.reply() == WindowDone(JobId(1), 1, window_result())
    assert isinstance(isolated.reply(), Success)


def test_each_request_is_answered_when_it_is_finished(tmp_path: Path) -> None:
    bad = tmp_path / "bad.mp3"
    bad.write_text("this is text\n" * 100)
    desk = Desk(EXECUTORS["process"])
    long = written(tmp_path / "long.wav", *[bundled("en-short.wav")] * 14)
    desk.start_all(long, bad)
    verdicts = desk.verdicts(2)
    desk.close()

    assert kinds(verdicts) == [(2, FailureKind.BAD_INPUT), (1, None)]


def test_only_the_oldest_in_the_device_is_blamed_for_its_death(crowded: Desk) -> None:
    crowded.start_all("dies-of-2-and-3", "talk", "talk")

    assert kinds(crowded.verdicts(3)) == [
        (2, FailureKind.LOST),
        (1, FailureKind.BYSTANDER),
        (3, FailureKind.BYSTANDER),
    ]


def test_only_the_first_is_blamed_for_the_death_of_the_engine(crowded: Desk) -> None:
    crowded.start_all("talk", "abort-when-cancelled", "talk", "talk")
    assert isinstance(crowded.verdict(), Success)
    crowded.executor.stop(JobId(2))
    verdicts = crowded.verdicts(3)
    crowded.start("talk", job=5)

    assert kinds(verdicts) == [
        (2, FailureKind.LOST),
        (3, FailureKind.BYSTANDER),
        (4, FailureKind.BYSTANDER),
    ]
    assert isinstance(verdicts[0], Refusal)
    assert "SIGABRT" in verdicts[0].failure.message
    assert isinstance(crowded.verdict(), Success)


def test_only_the_first_is_blamed_for_silence(crowded: Desk) -> None:
    crowded.start_all("hang", "talk")
    crowded.outwait()

    assert kinds(crowded.verdicts(2)) == [(1, FailureKind.LOST), (2, FailureKind.BYSTANDER)]


def test_others_go_on_when_a_job_is_taken_back(crowded: Desk) -> None:
    crowded.start_all("patient", "talk", "talk")
    crowded.executor.stop(JobId(3))
    crowded.executor.stop(JobId(1))
    first, second, third = crowded.verdicts(3)

    assert (first, third) == (
        Refusal(JobId(1), 1, saboteur.TAKEN_BACK),
        Refusal(JobId(3), 1, saboteur.TAKEN_BACK),
    )
    assert isinstance(second, Success)


@pytest.mark.parametrize(("keep_alive", "loaded"), [(0.0, 2), (None, 1)])
def test_an_idle_engine_is_ended_when_its_time_is_over(
    keep_alive: float | None, loaded: int
) -> None:
    def make(post: Post) -> Executor:
        care = Care(program=SABOTEUR, upkeep=Upkeep(keep_alive=keep_alive), self_test=False)
        return Supervisor(STARTER, post, care)

    desk = Desk(make)
    replies: list[News] = []
    for job in (1, 2):
        desk.start("talk", job)
        replies.append(desk.reply())
        while not isinstance(replies[-1], Success):
            replies.append(desk.reply())
        desk.turn()
    desk.close()

    assert sum(isinstance(reply, Ready) for reply in replies) == loaded


def test_a_job_that_is_not_there_is_not_taken_back(isolated: Desk) -> None:
    isolated.executor.stop(JobId(1))
    isolated.start("talk")

    assert isinstance(isolated.verdict(), Success)


def test_a_worker_that_does_not_listen_holds_up_nobody() -> None:
    desk = Desk(lambda post: sabotaged(post, "deaf"))
    desk.warm()
    assert isinstance(desk.reply(), Ready)
    desk.start("talk", prompt="much" * 1_000_000)
    desk.until(lambda: bool(desk.executor.memory().get(0)))  # it lives, and goes on living
    desk.turn(later=1.5 * _SILENCE)
    verdict = desk.verdict()
    desk.close()

    assert kinds([verdict]) == [(1, FailureKind.LOST)]


def test_each_of_many_requests_gets_exactly_one_verdict(isolated: Desk) -> None:
    audios = ["talk", "talk", "abort", "talk", "bad", "exit", "talk", "last", "babble"] * 3
    isolated.warm()
    for job, audio in enumerate(audios, 1):
        isolated.start(audio, job)
        time.sleep(0.01)
    answered = Counter(verdict.job for verdict in isolated.verdicts(len(audios)))
    left = isolated.close()

    assert answered == Counter(JobId(job) for job in range(1, len(audios) + 1))
    assert not left


@pytest.mark.parametrize(
    ("model", "startup", "said", "misconfigured"),
    [
        ("unable", 60.0, "no such model", True),
        ("abort-at-start", 60.0, "SIGABRT", False),
        ("hang-at-start", 1.0, "did not respond for 1 second", False),
    ],
)
def test_an_engine_that_cannot_begin_is_no_recordings_fault(
    model: str, startup: float, said: str, misconfigured: bool
) -> None:
    desk = Desk(lambda post: sabotaged(post, model, startup))
    desk.start_all("talk", "talk")
    verdicts, unable = desk.verdicts(2), desk.unable()
    desk.close()

    assert kinds(verdicts) == [(1, FailureKind.UNABLE), (2, FailureKind.UNABLE)]
    assert said in unable.failure.message
    assert unable.misconfigured is misconfigured


def test_the_last_words_of_a_dying_engine_are_kept() -> None:
    desk = Desk(lambda post: sabotaged(post, "abort-at-start"))
    desk.warm()
    unable = desk.unable()
    desk.close()

    assert "libcudnn_ops.so.9" in unable.failure.detail


NOISY = """
import os
from transcribid.process.stdout import ReplyWriter
from transcribid.protocol.engine import Progress

writer = ReplyWriter()
os.write(1, b"a native library prints this")
print("and Python prints that", flush=True)
writer.write(Progress(1, 1, 0.0, None))
"""


def test_what_libraries_print_in_the_engine_does_not_reach_the_pipe() -> None:
    done = subprocess.run([sys.executable, "-P", "-c", NOISY], capture_output=True, check=True)

    assert decode_reply(done.stdout) == Progress(JobId(1), 1, 0.0, None)
    assert b"a native library prints this" in done.stderr
    assert b"and Python prints that" in done.stderr
