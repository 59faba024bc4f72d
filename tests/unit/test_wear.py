"""When an engine that works is ended all the same."""

from transcribid.workers.recycling import Upkeep, Wear

MIB = 1 << 20


class Memory:
    def __init__(self) -> None:
        self.now = 300 * MIB

    def __call__(self) -> int:
        return self.now


def heard(wear: Wear, times: int) -> Wear:
    for _ in range(times):
        wear.note_heard()
    return wear


def test_an_engine_is_worn_after_as_many_recordings_as_were_allowed() -> None:
    wear = Wear(Upkeep(recycle_after=3), Memory())

    assert not heard(wear, 2).worn
    assert heard(wear, 1).worn == "It heard 3 recordings."


def test_without_a_limit_it_hears_all() -> None:
    assert not heard(Wear(Upkeep(), Memory()), 10_000).worn


def test_it_is_worn_when_its_memory_has_more_than_doubled() -> None:
    memory = Memory()
    wear = heard(Wear(Upkeep(), memory), 20)
    wear.look(0.0)
    memory.now = 800 * MIB
    wear.look(20.0)
    grown = bool(wear.worn)
    memory.now = 900 * MIB
    wear.look(40.0)

    assert not grown
    assert wear.worn == "Its memory grew from 300 to 900 MiB."


def test_it_is_idle_for_too_long_only_without_work() -> None:
    wear = Wear(Upkeep(keep_alive=60.0), Memory())

    assert not wear.idle_for_too_long(0.0, busy=False)
    assert not wear.idle_for_too_long(59.0, busy=True)
    assert not wear.idle_for_too_long(60.0, busy=False)
    assert not wear.idle_for_too_long(119.0, busy=False)
    assert wear.idle_for_too_long(120.0, busy=False)
