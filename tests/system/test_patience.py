"""No child holds up whoever decides, however it behaves."""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from queue import SimpleQueue

import pytest

from support import saboteur
from transcribid.domain.job import JobId
from transcribid.domain.options import Options
from transcribid.process.child import Child, ChildOutput, Exited, Place
from transcribid.protocol.engine import Request, Settings
from transcribid.workers.process import Patience
from transcribid.workers.supervisor import Care, Supervisor

ALLOWED = 0.1  # seconds for anything that the deciding thread does
PATIENCE = 60.0
DEAF = "import sys, time; print('here', flush=True); time.sleep(3600)"
MUCH = "much " * 200_000  # a megabyte: no pipe holds it


def echo(line: bytes) -> str:
    return line.decode().strip()


@pytest.fixture
def mailbox() -> SimpleQueue[ChildOutput]:
    return SimpleQueue()


def longest(*steps: Callable[[], object]) -> float:
    """Seconds that the slowest of these calls took."""
    took = 0.0
    for step in steps:
        began = time.perf_counter()
        step()
        took = max(took, time.perf_counter() - began)
    return took


def stopped(output: ChildOutput) -> None:
    """Its child, until somebody kills it."""
    assert isinstance(output.child, Child)
    assert output.child.pid
    os.kill(output.child.pid, signal.SIGSTOP)


def test_a_child_that_is_stopped_with_full_pipes_costs_no_time() -> None:
    def took() -> float:
        mailbox: SimpleQueue[ChildOutput] = SimpleQueue()
        child = Child([sys.executable, "-c", DEAF], echo, mailbox.put)
        stopped(mailbox.get(timeout=PATIENCE))
        slowest = longest(*[lambda: child.send(MUCH.encode())] * 20, child.kill, child.kill)
        *_, last = until_it_exits(mailbox, child)
        assert isinstance(last.message, Exited)
        assert last.message.status == -signal.SIGKILL
        return slowest

    assert quick(took)


def test_a_stopped_engine_costs_the_deciding_thread_no_time() -> None:
    options = Options(initial_prompt=MUCH)
    asked = [
        Request(JobId(job), 1, "talk", "", options, 60.0, accept_partial=True)
        for job in range(1, 4)
    ]

    def took() -> float:
        mailbox: SimpleQueue[ChildOutput] = SimpleQueue()
        patience = Patience(PATIENCE, PATIENCE)
        care = Care(program=saboteur.PROGRAM, patience=patience, self_test=False)
        engine = Supervisor(Settings("", "cpu", "int8"), mailbox.put, care)
        engine.warm(0.0)
        ready = mailbox.get(timeout=PATIENCE)
        stopped(ready)
        engine.receive(ready, 0.0)
        return longest(
            *[partial(engine.start, each, 1.0) for each in asked],
            lambda: engine.stop(JobId(1)),
            lambda: engine.tend(2 * PATIENCE),  # it was silent for too long, and is killed
            engine.memory,
            engine.close,
            lambda: engine.warm(2 * PATIENCE),
            engine.close,
        )

    assert quick(took)


def quick(took: Callable[[], float]) -> bool:
    """Once in a while: a busy machine may stop us at any moment."""
    return any(took() < ALLOWED for _ in range(5))


def test_the_next_child_of_a_place_begins_when_the_last_has_ended(
    mailbox: SimpleQueue[ChildOutput],
) -> None:
    place = Place()
    first = Child([sys.executable, "-c", DEAF], echo, mailbox.put, place)
    assert mailbox.get(timeout=PATIENCE).message == "here"
    second = Child([sys.executable, "-c", "print('next')"], echo, mailbox.put, place)
    first.kill()

    words = [(each.child, each.message) for each in until_it_exits(mailbox, second)]
    assert [isinstance(word, Exited) for child, word in words if child is first][-1]
    assert words.index((second, "next")) > max(
        at for at, (child, _) in enumerate(words) if child is first
    )


def until_it_exits(mailbox: SimpleQueue[ChildOutput], child: Child) -> Iterator[ChildOutput]:
    while True:
        output = mailbox.get(timeout=PATIENCE)
        yield output
        if output.child is child and isinstance(output.message, Exited):
            return
