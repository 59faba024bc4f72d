"""When an engine that works is ended all the same."""

from transcribid.workers.recycling import Upkeep, Wear

MIB = 1 << 20


def heard(wear: Wear, times: int) -> Wear:
    for _ in range(times):
        wear.note_answered()
    return wear


def test_an_engine_is_worn_after_as_many_recordings_as_were_allowed() -> None:
    wear = Wear(Upkeep(recycle_after=3))

    assert not heard(wear, 2).worn
    assert heard(wear, 1).worn == "It transcribed 3 recordings."


def test_without_a_limit_it_hears_all() -> None:
    assert not heard(Wear(Upkeep()), 10_000).worn


def test_it_is_worn_when_its_memory_has_more_than_doubled() -> None:
    wear = heard(Wear(Upkeep()), 20)
    wear.note_memory(300 * MIB)
    wear.note_memory(800 * MIB)
    grown = bool(wear.worn)
    wear.note_memory(900 * MIB)

    assert not grown
    assert wear.worn == "Its memory grew from 300 to 900 MiB."


def test_it_is_idle_for_too_long_only_without_work() -> None:
    wear = Wear(Upkeep(keep_alive=60.0))

    assert not wear.idle_for_too_long(0.0)
    wear.note_started()
    assert not wear.idle_for_too_long(60.0)
    assert not wear.idle_for_too_long(119.0)
    assert wear.idle_for_too_long(120.0)
