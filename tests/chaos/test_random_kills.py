"""`kill -9` at random moments, hundreds of times, while files of every kind arrive."""

import os
import random
import time
from pathlib import Path

import pytest

from support.checker import Drop, violations
from support.clips import clip, digest
from support.daemon import House, wait_until
from support.tell import Tell

pytestmark = pytest.mark.chaos

_ROUNDS = int(os.environ.get("ROUNDS", "300"))
_SEED = int(os.environ.get("SEED", "1"))
_TALKS = {"match": "**/twin *", "diarization": {"enabled": True}}
_UGLY = (
    "line\nbreak {}.wav",
    "nicht \udcfc {}.wav",  # bytes that are not UTF-8
    "-rf {}.wav",
    "{} 'quoted\" $HOME; é \u202e.wav",
    "deep/er and/deeper/{}.wav",
    "long {} " + "x" * 255,
    "lang {} " + "ü" * 255,
)


class Visitors:
    """People who put files into the inbox, by the dice."""

    def __init__(self, house: House, dice: random.Random) -> None:
        self._house, self._dice = house, dice
        self._empty: list[str] = []
        self.drops: list[Drop] = []

    def come(self) -> None:
        for _ in range(self._dice.randint(0, 3)):
            kind = self._dice.choices(
                (self._good, self._ugly, self._twins, self._bad, self._touch), (5, 2, 1, 2, 1)
            )
            kind[0](len(self.drops) + len(self._empty))

    def fill(self) -> None:
        """Those who began with an empty file bring its content."""
        while self._empty:
            self._put(self._empty.pop(), clip())

    def _good(self, number: int) -> None:
        self._put(f"talk {number}.wav", clip())

    def _ugly(self, number: int) -> None:
        self._put(_cut(self._dice.choice(_UGLY).format(number)), clip())

    def _twins(self, number: int) -> None:
        self._put(f"twin {number}.wav", clip())
        self._put(f"twin {number}.mp3", clip())

    def _bad(self, number: int) -> None:
        name = self._dice.choice(("text {}.mp3", *_UGLY)).format(f"bad {number}")
        self._put(_cut(name), b"no recording, number %d" % number, good=False)

    def _touch(self, number: int) -> None:
        name = f"later {number}.wav"
        self._house.drop(name, b"", renamed=False)
        self._empty.append(name)

    def _put(self, name: str, content: bytes, *, good: bool = True) -> None:
        self._house.drop(name, content, renamed=self._dice.random() < 0.5)
        self.drops.append(Drop(name, digest(content), good))


def test_nothing_is_lost_halved_or_doubled_by_random_kills(tmp_path: Path, tell: Tell) -> None:
    dice, began = random.Random(_SEED), time.monotonic()
    watch, retry = {"quiet": "300ms"}, {"strikes": 20}
    with House(tmp_path, watch=watch, retry=retry, rules=[_TALKS]) as house:
        visitors = Visitors(house, dice)

        for number in range(_ROUNDS):
            visitors.come()
            house.start()
            if dice.random() < 0.3:
                visitors.fill()
            _live(house, dice.uniform(0.1, 4.0))
            house.kill()
            found = violations(house, visitors.drops, final=False)
            assert not found, f"round {number}: {found}\n{house.last_words()}"

        visitors.fill()
        house.start()
        wait_until(lambda: not _waiting(house), 60 + 3 * len(visitors.drops), "an empty inbox")
        assert house.stop() == 0
    assert not violations(house, visitors.drops, final=True)
    seconds = time.monotonic() - began
    tell(f"{_ROUNDS} rounds, {len(visitors.drops)} files, {seconds:.0f} s, seed {_SEED}")


def _cut(name: str) -> str:
    """The longest names that a file system takes have 255 bytes."""
    while len(os.fsencode(name.rpartition("/")[2])) > 255:
        name = name[:-1]
    return name


def _live(house: House, seconds: float) -> None:
    """The time until the axe falls is the point of this test."""
    assert house.lives()
    time.sleep(seconds)
    assert house.lives(), house.last_words()


def _waiting(house: House) -> list[Path]:
    assert house.lives(), house.last_words()
    return [path for path in house.inbox.rglob("*") if path.is_file() and path.name[0] != "."]
