"""A broken engine condemns nobody, and a poisonous recording only itself."""

import os
import sqlite3
import time
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from support.checker import Drop, violations
from support.clips import clip, digest
from support.daemon import House, wait_until
from support.tell import Tell

pytestmark = pytest.mark.chaos

_FILES = int(os.environ.get("FILES", "500"))
_BREAKS = ("abort", "segfault", "hang", "memory", "garbage", "library")
_KILLERS = ("abort", "segfault", "killed", "exit", "hang", "garbage", "memory", "nonsense")
_OPEN_WITHIN = 30.0  # seconds until nothing is taken any more
_HEALED_WITHIN = 120.0  # seconds; the longest wait between two tries is one minute
_PATIENCE = 900.0


def delivered(house: House) -> int:
    return len(list(house.outbox.glob("*.json")))


def dropped(house: House, count: int, name: str = "talk") -> list[Drop]:
    drops: list[Drop] = []
    for number in range(count):
        content = clip()
        house.drop(f"{name} {number:03}.wav", content)
        drops.append(Drop(f"{name} {number:03}.wav", digest(content)))
    return drops


def test_a_broken_engine_condemns_none_of_the_recordings_that_wait(
    tmp_path: Path, tell: Tell
) -> None:
    opened: list[float] = []
    with House(tmp_path, engine={"silence": "5s"}, limits={"min_free_disk": "1MiB"}) as house:
        drops = dropped(house, _FILES)
        house.start()
        pid = house.pid
        wait_until(lambda: delivered(house) > 0, 60.0, house.last_words())
        for number, way in enumerate(_BREAKS):
            told = len(house.events("engine.broken"))
            house.sabotage.write_text(f"all {way}\n")
            began = time.monotonic()
            wait_until(lambda: len(house.events("engine.broken")) > told, 90.0, way)  # noqa: B023
            opened.append(time.monotonic() - began)
            before = delivered(house)
            house.sabotage.unlink()
            goal = max(before + 1, _FILES * (number + 1) // len(_BREAKS) // 2)
            wait_until(lambda: delivered(house) >= goal, _HEALED_WITHIN, way)  # noqa: B023
        wait_until(lambda: delivered(house) == _FILES, _PATIENCE, house.last_words())
        wait_until(lambda: not list(house.inbox.glob("*.wav")), 30.0)
        same = house.pid == pid and house.stop() == 0
        found = violations(house, drops, final=True)
        with closing(sqlite3.connect(house.state / "ledger.sqlite3")) as ledger:
            (charged,) = ledger.execute("SELECT sum(strikes) FROM job").fetchone()

    named = zip(_BREAKS, opened, strict=True)
    tell(f"{_FILES} files, open after " + ", ".join(f"{w} {s:.1f} s" for w, s in named))
    assert found == []
    assert same
    assert charged == 0
    assert not list(house.quarantine.rglob("*.wav"))
    assert max(opened) < _OPEN_WITHIN


def test_a_killer_costs_two_engines_and_only_itself(tmp_path: Path, tell: Tell) -> None:
    files = max(20, _FILES * 2 // 5)
    with House(tmp_path, engine={"silence": "5s"}, limits={"min_free_disk": "1MiB"}) as house:
        drops = dropped(house, files)
        killers = [drops[index] for index in range(5, files, files // 10)][:10]
        ways = [_KILLERS[number % len(_KILLERS)] for number in range(len(killers))]
        house.sabotage.write_text(
            "".join(f"{each.sha256} {way}\n" for each, way in zip(killers, ways, strict=True))
        )
        house.start()
        pid = house.pid
        good = files - len(killers)
        wait_until(lambda: delivered(house) == good, _PATIENCE, house.last_words())
        wait_until(lambda: len(list(house.quarantine.glob("*.wav"))) == len(killers), _PATIENCE)
        same = house.pid == pid and house.stop() == 0
        blamed = Counter(
            line["name"]
            for line in house.events("job.queued") + house.events("job.quarantining")
            if "the engine is sound" in line.get("message", "")
        )
        condemned = sorted(path.name for path in house.quarantine.glob("*.wav"))

    tell(f"{files} files, {len(killers)} killers, blamed {sorted(blamed.values())}")
    assert same
    assert condemned == sorted(each.name for each in killers)
    assert max(blamed.values()) <= 2
    assert not house.events("engine.broken")
