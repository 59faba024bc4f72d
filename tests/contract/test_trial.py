"""An engine is believed only after an experiment: breaker, trial and ladder together."""

import queue
import time
from collections import deque
from collections.abc import Iterator
from contextlib import closing, suppress
from itertools import count
from pathlib import Path

import pytest

from support import saboteur
from support.daemon import wait_until
from transcribid.domain.job import FailureKind, JobId
from transcribid.domain.options import Options
from transcribid.process.child import ChildOutput
from transcribid.protocol.engine import Progress, Refusal, Request, Settings, Success
from transcribid.workers import Broken, Executor, News, Working
from transcribid.workers.breaker import Breaker
from transcribid.workers.fallback import Fallback, steps
from transcribid.workers.pool import Pool
from transcribid.workers.process import Patience
from transcribid.workers.recycling import Upkeep
from transcribid.workers.supervisor import Care, Supervisor

NO_UPKEEP = Upkeep()
SABOTEUR = saboteur.PROGRAM
PATIENCE = Patience(startup=60.0, silence=60.0)


class Bench:
    """An engine behind its breaker, whose health is the content of a file."""

    def __init__(
        self,
        health: Path,
        upkeep: Upkeep = NO_UPKEEP,
        *,
        on_gpu: bool = False,
    ) -> None:
        self.health = health
        self._hung = 0
        self.reported: list[News] = []
        self._numbers = count(1)
        self._mailbox: queue.SimpleQueue[ChildOutput] = queue.SimpleQueue()
        self._news: deque[News] = deque()
        asked = Settings(str(health), "cpu", "float16", cpu_allowed=True)
        self.steps = steps(asked, on_gpu=on_gpu)
        care = Care(program=SABOTEUR, patience=PATIENCE, upkeep=upkeep)
        inner = Supervisor(asked, self._mailbox.put, care)
        self.executor = Breaker(0, Fallback(self.steps, inner))
        self.executor.warm(time.monotonic())

    def start(self, *audios: str) -> None:
        for audio in audios:
            job = JobId(next(self._numbers))
            request = Request(job, 1, audio, "", Options(), 60.0, True)
            self.executor.start(request, time.monotonic())

    def until(self, *kinds: type[News]) -> News:
        deadline = time.monotonic() + 60.0
        while time.monotonic() < deadline:
            while self._news:
                self.reported.append(self._news.popleft())
                if isinstance(self.reported[-1], kinds):
                    return self.reported[-1]
            with suppress(queue.Empty):
                output = self._mailbox.get(timeout=0.02)
                self._news += self.executor.receive(output, time.monotonic())
            self._news += self.executor.tend(time.monotonic())
            self._outwait_who_hangs()
        raise AssertionError(f"nothing of {kinds} in {self.reported}")

    def skip_the_wait(self) -> None:
        self._news += self.executor.tend(time.monotonic() + 3600.0)

    def _outwait_who_hangs(self) -> None:
        """At the known clip."""
        hung = len(list(self.health.parent.glob("hangs-*")))
        if hung > self._hung:
            self._hung = hung
            self.skip_the_wait()

    def close(self) -> None:
        self._news += self.executor.close()


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with closing(Bench(tmp_path / "health")) as bench:
        yield bench


@pytest.fixture
def gpu(tmp_path: Path) -> Iterator[Bench]:
    """An engine that has all steps."""
    with closing(Bench(tmp_path / "health", on_gpu=True)) as bench:
        yield bench


def refusal(news: News) -> Refusal:
    assert isinstance(news, Refusal)
    return news


def test_nothing_is_taken_before_the_known_clip_was_heard(bench: Bench) -> None:
    before = bench.executor.free_slots()
    bench.until(Working)

    assert (before, bench.executor.free_slots()) == (0, saboteur.SLOTS)


@pytest.mark.parametrize("audio", ["abort", "segfault", "exit", "hang", "babble", "engine"])
def test_a_recording_is_blamed_once_a_fresh_engine_has_proven_itself(
    bench: Bench, audio: str
) -> None:
    bench.until(Working)
    bench.start(audio)
    if audio == "hang":
        bench.until(Progress)
        bench.skip_the_wait()
    verdict = refusal(bench.until(Success, Refusal))

    assert verdict.failure.kind in (FailureKind.LOST, FailureKind.ENGINE)
    assert "the engine is sound" in verdict.failure.message
    assert isinstance(bench.until(Working), Working)


@pytest.mark.parametrize(
    "health", ["abort", "segfault", "exit", "hang", "babble", "engine", "memory", "guess"]
)
def test_a_broken_engine_is_named_and_nobody_is_blamed(bench: Bench, health: str) -> None:
    bench.until(Working)
    bench.health.write_text(health)
    bench.start("abort", "talk")
    verdicts = [refusal(bench.until(Refusal)), refusal(bench.until(Refusal))]
    broken = bench.until(Broken)

    kinds = {verdict.failure.kind for verdict in verdicts}
    assert kinds <= {FailureKind.BYSTANDER, FailureKind.UNABLE}
    assert isinstance(broken, Broken)
    assert broken.failures == 2
    assert bench.executor.free_slots() == 0


def test_only_the_known_clip_tells_when_it_works_again(bench: Bench) -> None:
    bench.health.write_text("abort")
    bench.until(Broken)
    bench.skip_the_wait()
    still = bench.until(Broken, Working)
    bench.health.write_text("")
    bench.skip_the_wait()
    healed = bench.until(Broken, Working)

    assert isinstance(still, Broken)
    assert still.failures == 3
    assert isinstance(healed, Working)
    assert bench.executor.free_slots() == saboteur.SLOTS


def test_the_wait_between_two_tries_grows_and_stays_bounded(bench: Bench) -> None:
    bench.health.write_text("exit")
    waits: list[float] = []
    for _ in range(6):
        broken = bench.until(Broken)
        assert isinstance(broken, Broken)
        waits.append(broken.again)
        bench.skip_the_wait()

    assert waits == [5.0, 10.0, 20.0, 40.0, 60.0, 60.0]


def test_a_recording_that_needs_too_much_memory_goes_down_the_ladder(gpu: Bench) -> None:
    gpu.until(Working)
    gpu.start("memory", "patient")
    verdicts = [refusal(gpu.until(Success, Refusal)) for _ in range(2)]
    performers = [news.performer for news in gpu.reported if isinstance(news, Working)]

    assert [each.failure.kind for each in verdicts] == [
        FailureKind.BYSTANDER,
        FailureKind.MEMORY,
    ]
    assert len(performers) == len(gpu.steps)
    assert "the engine is sound" in verdicts[1].failure.message


def test_the_ladder_has_the_steps_that_are_allowed() -> None:
    asked = Settings("large-v3", "cuda", "float16", cpu_allowed=True)
    every = [(each.device, each.compute_type) for each in steps(asked, on_gpu=True)]
    no_cpu = Settings("large-v3", "cuda", "float16")

    assert every == [
        ("cuda", "float16"),
        ("cuda", "float16"),
        ("cuda", "int8_float16"),
        ("cpu", "int8"),
    ]
    assert [each.device for each in steps(no_cpu, on_gpu=True)] == ["cuda"] * 3
    assert all(each.fallback_reason for each in steps(asked, on_gpu=True)[1:])
    assert steps(asked, on_gpu=True)[0] == asked


def test_the_next_recording_starts_at_the_top_again(gpu: Bench) -> None:
    gpu.until(Working)
    gpu.start("memory")
    gpu.until(Refusal)
    gpu.until(Working)
    gpu.start("talk")

    assert isinstance(gpu.until(Success, Refusal), Success)
    assert gpu.executor.free_slots() == saboteur.SLOTS


def test_a_ladder_that_is_left_in_the_middle_can_be_used_again(gpu: Bench) -> None:
    gpu.until(Working)
    gpu.start("memory")
    gpu.until(Working)
    gpu.close()
    gpu.until(Refusal)
    gpu.executor.warm(time.monotonic())
    gpu.until(Working)
    gpu.start("talk")

    assert isinstance(gpu.until(Success, Refusal), Success)
    assert gpu.executor.free_slots() == saboteur.SLOTS


def test_an_engine_is_replaced_after_so_many_recordings(tmp_path: Path) -> None:
    with closing(Bench(tmp_path / "health", Upkeep(recycle_after=2))) as bench:
        bench.until(Working)
        for _ in range(5):
            bench.start("talk")
            bench.until(Success)

    assert sum(isinstance(news, Working) for news in bench.reported) in (2, 3)


def test_one_broken_gpu_leaves_the_work_to_the_other(tmp_path: Path) -> None:
    ill = tmp_path / "ill"
    ill.write_text("abort")
    mailbox: queue.SimpleQueue[ChildOutput] = queue.SimpleQueue()

    def member(number: int, model: str) -> Executor:
        care = Care(program=SABOTEUR, patience=PATIENCE)
        settings = Settings(model, "cpu", "int8")
        return Breaker(number, Supervisor(settings, mailbox.put, care))

    pool = Pool([member(0, str(ill)), member(1, "")])
    pool.warm(time.monotonic())
    heard: set[type[News]] = set()

    def has_said(*kinds: type[News]) -> bool:
        with suppress(queue.Empty):
            output = mailbox.get(timeout=0.02)
            heard.update(map(type, pool.receive(output, time.monotonic())))
        heard.update(map(type, pool.tend(time.monotonic())))
        return heard.issuperset(kinds)

    wait_until(lambda: has_said(Broken, Working), 60.0, "a broken one and a sound one")
    pool.start(Request(JobId(1), 1, "talk", "", Options(), 60.0, True), time.monotonic())
    wait_until(lambda: has_said(Success), 60.0, "a transcript")
    pool.close()
