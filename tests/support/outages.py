"""Lives of a house that end in a power cut, one for each durable step."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from support.powered import House, PowerCut, broken, other_speech, speech

Scenario = Callable[[House], None]


def a_good_recording(house: House) -> None:
    house.drop("notes/talk.wav", speech())


def a_conversation(house: House) -> None:
    house.drop("talks/talk.wav", speech())


def a_bad_recording(house: House) -> None:
    house.drop("talk.mp3", b"This is not a recording at all.\n" * 9)


def two_recordings_of_one_stem(house: House) -> None:
    house.drop("talk.wav", speech())
    house.drop("talk.wave", speech() + b"\0\0")


def names_that_are_taken(house: House) -> None:
    house.drop("talk.wav", speech())
    for taken in ("outbox/talk.txt", "archive/talk.wav"):
        house.put(taken, b"somebody else's")


def a_new_version(house: House) -> None:
    house.drop("talk.wav", speech())
    house.live()
    house.drop("talk.wav", other_speech())


ENDS: dict[Scenario, set[str]] = {
    a_good_recording: {
        *("archive/notes/talk.wav", "outbox/notes/talk.json"),
        *("outbox/notes/talk.srt", "outbox/notes/talk.txt"),
    },
    a_conversation: {
        *("archive/talks/talk.wav", "outbox/talks/talk.json"),
        *("outbox/talks/talk.srt", "outbox/talks/talk.txt"),
    },
    a_bad_recording: {"quarantine/talk.mp3", "quarantine/talk.mp3.report.txt"},
    two_recordings_of_one_stem: {
        *("archive/talk.wav", "outbox/talk.json", "outbox/talk.srt", "outbox/talk.txt"),
        *("archive/talk.wave", "outbox/talk.wave.json", "outbox/talk.wave.srt"),
        "outbox/talk.wave.txt",
    },
    names_that_are_taken: {
        *("archive/talk.wav", "archive/talk (2).wav", "outbox/talk.txt"),
        *("outbox/talk.wav.json", "outbox/talk.wav.srt", "outbox/talk.wav.txt"),
    },
    a_new_version: {
        *("archive/talk.wav", "archive/talk (2).wav"),
        *("outbox/talk.json", "outbox/talk.srt", "outbox/talk.txt"),
    },
}


def cuts(root: Path, scenario: Scenario, archive: Path | None = None) -> Iterator[list[str]]:
    """What was wrong after each cut and after the life that followed it."""
    for step in range(1, 1000):
        home = root / str(step)
        house = House(home, archive=archive and archive / str(step))
        scenario(house)
        wrong: list[str] = []
        try:
            with house.fused(step):
                house.live()
            finished = True
        except PowerCut:
            house.darken()
            finished = False
            wrong += [f"after the cut: {each}" for each in broken(house)]
            wrong += _failure_of(house.live)
        wrong += broken(house) + house.violations
        ends = set(house.contents())
        if ends != ENDS[scenario]:
            wrong.append(f"ended with {sorted(ends ^ ENDS[scenario])}")
        yield [f"step {step}: {each}" for each in wrong]
        shutil.rmtree(home)
        if finished:
            assert step > 15, "the fuse was never in the circuit"
            return


def _failure_of(life: Callable[[], None]) -> list[str]:
    try:
        life()
    except Exception as error:  # noqa: BLE001 - a daemon that cannot start is the finding
        return [f"the next life failed: {error!r}"]
    return []
