"""Several recordings are with the engine when something happens to it or to the daemon."""

import queue
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from support.powered import House, other_speech, speech
from support.window_results import transcript, window_result
from transcribid.domain.ignore import Ignore
from transcribid.domain.job import Failure, FailureKind, JobId, Source, State
from transcribid.domain.settle import Entry
from transcribid.inbox.listing import look
from transcribid.ledger import Ledger
from transcribid.process.child import ChildOutput
from transcribid.protocol.engine import Refusal, Request, Success, WindowDone
from transcribid.service.dispatcher import Dispatcher
from transcribid.service.intake import Intake
from transcribid.storage.outbox import STAGED
from transcribid.workers import News

FIRST, SECOND, THIRD = JobId(1), JobId(2), JobId(3)


class Slow:
    """An executor that has room for three and never gets round to any of them."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.stopped: list[JobId] = []

    def free_slots(self) -> int:
        return 3 - len(self.requests)

    def warm(self, now: float) -> None: ...

    def start(self, request: Request, now: float) -> None:
        self.requests.append(request)

    def stop(self, job: JobId) -> None:
        self.stopped.append(job)

    def receive(self, output: ChildOutput, now: float) -> list[News]:
        return []

    def tend(self, now: float) -> list[News]:
        return []

    def memory(self) -> dict[int, int]:
        return {}

    def close(self) -> list[News]:
        return []


class Life:
    """From a start of the daemon to its end, whatever the end is."""

    def __init__(self, house: House) -> None:
        self.executor = Slow()
        self.now = time.time()
        self._mailbox: Any = queue.SimpleQueue()
        self.ledger = Ledger(house.root / "state" / "ledger.sqlite3")
        rules = house.rules(lambda: self.now)
        parts = house.parts(self.ledger, rules, self._mailbox, self.executor)
        self._staging = parts.staging
        self.dispatcher = Dispatcher(parts)
        self.dispatcher.recover()
        entries = look(house.root / "inbox", Ignore()).entries
        self.intake = Intake(parts, self.dispatcher)
        self.intake.admit(sorted(entries, key=lambda entry: entry.source.name))

    def begin(self) -> None:
        """Hand the executor as much as it takes."""
        for _ in range(self.executor.free_slots()):
            self.dispatcher.fill_slots()
        while any(job.state is State.STAGING for job in self.ledger.begun()):
            self.dispatcher.handle(*self._mailbox.get(timeout=60))

    def strikes(self) -> list[int]:
        return [job.strikes for job in self.jobs()]

    def states(self) -> list[State]:
        return [job.state for job in self.jobs()]

    def jobs(self) -> list[Any]:
        return [self.ledger.get(job) for job in (FIRST, SECOND, THIRD)]

    def close(self) -> None:
        self._staging.close()
        self.ledger.close()


@pytest.fixture
def house(tmp_path: Path) -> House:
    house = House(tmp_path)
    for name in ("a.wav", "b.wav", "c.wav"):
        house.drop(name, speech())
    return house


@pytest.fixture
def life(house: House) -> Iterator[Life]:
    with closing(Life(house)) as life:
        life.begin()
        yield life


def test_the_engine_gets_as_many_as_it_has_room_for(life: Life) -> None:
    assert [request.job for request in life.executor.requests] == [FIRST, SECOND, THIRD]
    assert life.states() == [State.RUNNING] * 3
    assert life.executor.requests[0].sha256 == life.executor.requests[1].sha256 != ""


def test_when_the_daemon_dies_only_the_first_is_charged(life: Life, house: House) -> None:
    with closing(Life(house)) as second:
        assert second.strikes() == [1, 0, 0]
        second.now += 60.0
        second.begin()

        alone = {request.job: request.alone for request in second.executor.requests}
        assert alone == {FIRST: True, SECOND: False, THIRD: False}


def test_a_recording_that_got_further_is_not_charged(life: Life, house: House) -> None:
    life.dispatcher.save_window(WindowDone(FIRST, 1, window_result(0)))

    with closing(Life(house)) as second:
        assert second.strikes() == [0, 0, 0]


def test_what_was_heard_is_handed_to_the_next_attempt(life: Life, house: House) -> None:
    for heard in (
        WindowDone(SECOND, 1, window_result(0)),
        WindowDone(SECOND, 0, window_result(1, "of an attempt that was given up")),
        WindowDone(SECOND, 1, window_result(1)),
    ):
        life.dispatcher.save_window(heard)

    with closing(Life(house)) as second:
        second.now += 60.0
        second.begin()

        heard = {request.job: request.finished_windows for request in second.executor.requests}
        assert heard == {FIRST: (), SECOND: (window_result(0), window_result(1)), THIRD: ()}


def test_what_was_heard_is_forgotten_with_the_job(life: Life, house: House) -> None:
    life.dispatcher.save_window(WindowDone(FIRST, 1, window_result(0)))
    life.dispatcher.cancel(FIRST)
    life.dispatcher.save_window(WindowDone(FIRST, 1, window_result(1)))

    assert not list((house.root / "state" / "heard").iterdir())


def test_a_recording_is_not_withdrawn_for_an_older_one_of_its_name_that_left(
    life: Life, house: House
) -> None:
    house.drop("a.wav", other_speech())
    younger = life.intake.submit("a.wav", "")
    life.intake.note_left(["a.wav"])  # the older one did, and it is noticed only now

    assert life.states()[0] is State.WITHDRAWN
    assert life.ledger.get(younger).state is State.QUEUED


def test_a_stop_gives_back_what_only_waits_for_the_engine(life: Life) -> None:
    life.dispatcher.requeue_waiting({SECOND})

    assert life.states() == [State.RUNNING, State.RUNNING, State.QUEUED]
    assert life.strikes() == [0, 0, 0]
    assert life.executor.stopped == [THIRD]


def test_bystanders_of_a_dead_engine_are_queued_again_at_once(life: Life) -> None:
    kinds = (FailureKind.LOST, FailureKind.BYSTANDER, FailureKind.BYSTANDER)
    for request, kind in zip(list(life.executor.requests), kinds, strict=True):
        life.dispatcher.receive_verdict(Refusal(request.job, 1, Failure(kind, "it died")))
    life.executor.requests.clear()
    life.begin()

    assert life.strikes() == [1, 0, 0]
    assert life.states() == [State.QUEUED, State.RUNNING, State.RUNNING]


def test_an_entry_that_the_ledger_cannot_hold_keeps_back_no_other(life: Life) -> None:
    odd = Source("odd.wav", 1, 2**63)  # as no listing gives it
    arrived = [Entry(source, (0, 0, 0, 0)) for source in (odd, Source("good.wav", 1, 2))]
    life.intake.admit(arrived)

    assert life.ledger.latest("odd.wav") is None
    assert life.ledger.latest("good.wav")


def test_what_the_storage_does_not_give_back_is_made_again_twice(
    life: Life, house: House
) -> None:
    """The outbox refuses it each time, and meanwhile its kept transcript goes bad."""
    (house.root / "outbox" / STAGED).write_text("no folder")
    for attempt in (1, 2, 3):
        life.dispatcher.receive_verdict(Success(FIRST, attempt, transcript()))
        (house.root / "state" / "kept" / "1.json").write_text("rotten")
        life.now += 1000.0
        life.dispatcher.tend()
        life.now += 1000.0
        life.executor.requests = []
        life.begin()
        life.dispatcher.tend()  # what was held of the attempt before is void
        assert (house.root / "state" / "staged" / "1").exists() == (attempt < 3)

    job = life.ledger.get(FIRST)
    assert (job.state, job.losses) == (State.QUARANTINED, 3)
    report = next((house.root / "quarantine").glob("a.wav*.txt")).read_text()
    assert "could not be read back" in report
    assert "folders.state" in report


def test_what_was_held_before_recovering_is_not_repeated_after_it(
    life: Life, house: House
) -> None:
    """As when space is freed on a disk that held the ledger and the outbox."""
    obstacle = house.root / "outbox" / STAGED
    obstacle.write_text("no folder")
    life.dispatcher.receive_verdict(Success(FIRST, 1, transcript()))
    assert life.dispatcher.is_deferred(FIRST)
    obstacle.unlink()

    life.dispatcher.recover()
    life.now += 1000.0
    life.dispatcher.tend()

    assert life.ledger.get(FIRST).state is State.DONE
    assert not life.dispatcher.is_deferred(FIRST)
