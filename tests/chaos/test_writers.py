"""Every way a recording comes into a folder, while the daemon is killed and restarted.

Most recordings here have a tail that no header tells of: their beginnings sound whole, so
only patience keeps the daemon from transcribing one.
"""

import os
import random
import shutil
import subprocess
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest

from support.checker import Drop, transcribed, violations
from support.clips import clip, digest
from support.daemon import House, wait_until
from support.tell import Tell

pytestmark = pytest.mark.chaos

_TAIL = 300_000  # bytes
_MANY = int(os.environ.get("FILES", "500"))


@dataclass(frozen=True, slots=True)
class Stage:
    """Where a writer finds what it needs."""

    house: House
    near: Path  # on the file system of the inbox
    far: Path  # on another

    def made(self, name: str, content: bytes, *, far: bool = False) -> Path:
        path = (self.far if far else self.near) / name
        path.write_bytes(content)
        return path


Writer = Callable[[Stage, Path, bytes], None]
"""Brings the content to the path."""


def _cp(stage: Stage, path: Path, content: bytes) -> None:
    _do("cp", stage.made(path.name, content), path)


def _cp_with_its_time(stage: Stage, path: Path, content: bytes) -> None:
    original = stage.made(path.name, content)
    os.utime(original, (0, 0))
    _do("cp", "-p", original, path)


def _mv(stage: Stage, path: Path, content: bytes) -> None:
    _do("mv", stage.made(path.name, content), path)


def _mv_from_afar(stage: Stage, path: Path, content: bytes) -> None:
    _do("mv", stage.made(path.name, content, far=True), path)


def _rsync(stage: Stage, path: Path, content: bytes) -> None:
    _do("rsync", "--times", "--bwlimit=100", stage.made(path.name, content), path)


def _rsync_in_place(stage: Stage, path: Path, content: bytes) -> None:
    _do("rsync", "--inplace", "--bwlimit=100", stage.made(path.name, content), path)


def _slowly(stage: Stage, path: Path, content: bytes) -> None:
    with path.open("wb", buffering=0) as file:
        for part in _parts(content, 4):
            file.write(part)
            time.sleep(2.5)  # longer than quiet


def _like_finder(stage: Stage, path: Path, content: bytes) -> None:
    path.touch()
    time.sleep(3.0)
    path.write_bytes(content)


def _like_explorer(stage: Stage, path: Path, content: bytes) -> None:
    with path.open("wb", buffering=0) as file:
        file.truncate(len(content))
        for part in _parts(content, 3):
            time.sleep(2.5)
            file.write(part)


def _hard_link(stage: Stage, path: Path, content: bytes) -> None:
    path.hardlink_to(stage.made(path.name, content))


def _renamed_in_place(stage: Stage, path: Path, content: bytes) -> None:
    unfinished = path.with_name(f"{path.name}.part")
    for part in _parts(content, 3):
        with unfinished.open("ab") as file:
            file.write(part)
        time.sleep(1.5)
    unfinished.rename(path)


_WRITERS: tuple[Writer, ...] = (
    _cp,
    _cp_with_its_time,
    _mv,
    _mv_from_afar,
    _rsync,
    _rsync_in_place,
    _slowly,
    _like_finder,
    _like_explorer,
    _hard_link,
    _renamed_in_place,
)


def _write(stage: Stage, writer: Writer, number: int) -> list[Drop]:
    name, content = f"{writer.__name__[1:]} {number}.wav", clip(tail=_TAIL)
    writer(stage, stage.house.inbox / name, content)
    return [Drop(name, digest(content))]


def _append_in_bursts(stage: Stage, number: int) -> list[Drop]:
    """Closed in between, so only what its header promises tells that it goes on."""
    name, content = f"bursts {number}.wav", clip()
    for part in _parts(content, 3):
        with (stage.house.inbox / name).open("ab") as file:
            file.write(part)
        time.sleep(2.5)
    return [Drop(name, digest(content))]


def _replace_while_settling(stage: Stage, number: int) -> list[Drop]:
    return _replace(stage, f"settling {number}.wav", lambda _: time.sleep(0.4))


def _replace_while_running(stage: Stage, number: int) -> list[Drop]:
    def running(name: str) -> None:
        house = stage.house
        wait_until(
            lambda: any(line["name"] == name for line in house.events("job.running")), 600
        )

    return _replace(stage, f"running {number}.wav", running)


def _replace(stage: Stage, name: str, moment: Callable[[str], None]) -> list[Drop]:
    first, second = clip(tail=_TAIL), clip(tail=_TAIL)
    stage.house.drop(name, first)
    moment(name)
    stage.house.drop(name, second)
    return [Drop(name, digest(first), fleeting=True), Drop(name, digest(second))]


@pytest.mark.skipif(not shutil.which("rsync"), reason="rsync is not installed")
def test_a_file_is_transcribed_when_it_is_whole_however_it_comes(
    tmp_path: Path, elsewhere: Path, tell: Tell
) -> None:
    dice = random.Random(1)
    (tmp_path / "near").mkdir()
    with House(tmp_path, watch={"quiet": "1s"}) as house, ThreadPoolExecutor() as threads:
        stage = Stage(house, tmp_path / "near", elsewhere)
        writing = [
            threads.submit(_write, stage, writer, number)
            for number in range(2)
            for writer in _WRITERS
        ]
        for special in (_append_in_bursts, _replace_while_settling, _replace_while_running):
            writing += [threads.submit(special, stage, number) for number in range(2)]

        seen, restarts = _live_dangerously(house, writing, dice)
        drops = [drop for future in writing for drop in future.result()]
        seen |= _finish(house, drops)

        assert seen <= {drop.sha256 for drop in drops}, "a beginning was transcribed"
        assert not violations(house, drops, final=True)
    tell(f"{len(drops)} contents, {restarts} restarts")


def test_a_writer_that_stalls_with_the_file_open_is_waited_for(tmp_path: Path) -> None:
    content = clip(tail=_TAIL)
    with House(tmp_path, watch={"quiet": "5s"}) as house:
        house.start()
        with (house.inbox / "stalls.wav").open("wb", buffering=0) as file:
            file.write(content[:-1000])
            time.sleep(20.0)
            assert not transcribed(house)
            file.write(content[-1000:])

        drops = [Drop("stalls.wav", digest(content))]
        seen = _finish(house, drops)

        assert seen == {digest(content)}
        assert not violations(house, drops, final=True)


def test_hundreds_of_files_at_once_are_all_transcribed(tmp_path: Path, tell: Tell) -> None:
    dice, began = random.Random(1), time.monotonic()
    quick = {"word_timestamps": False, "vad": False}
    with House(tmp_path, watch={"quiet": "1s"}, transcription=quick) as house:
        drops: list[Drop] = []
        for number in range(_MANY):
            content = clip()
            house.drop(f"{number % 7}/{number}.wav", content, renamed=False)
            drops.append(Drop(f"{number % 7}/{number}.wav", digest(content)))

        for _ in range(3):
            _run_for(house, dice.uniform(3, 8))
            house.kill()
            assert not violations(house, drops, final=False)
        _finish(house, drops)

        assert not violations(house, drops, final=True)
    tell(f"{_MANY} files, {time.monotonic() - began:.0f} s")


def _live_dangerously(
    house: House, writing: Iterable[Future[list[Drop]]], dice: random.Random
) -> tuple[set[str], int]:
    """Restart until all is written. Returns what was ever transcribed, and how often.

    Each life is a little longer, for on a busy machine the first ones end before they begin.
    """
    seen: set[str] = set()
    restarts = 0
    while not all(future.done() for future in writing):
        seen |= _run_for(house, dice.uniform(3, 8) * (1 + restarts / 10))
        house.kill() if dice.random() < 0.6 else house.stop()
        restarts += 1
    return seen, restarts


def _run_for(house: House, seconds: float) -> set[str]:
    seen: set[str] = set()
    house.start()
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        assert house.lives(), house.last_words()
        seen |= transcribed(house)
        time.sleep(0.1)
    return seen


def _finish(house: House, drops: list[Drop]) -> set[str]:
    """Run undisturbed until the inbox is empty, and stop in good order."""
    seen: set[str] = set()

    def served() -> bool:
        assert house.lives(), house.last_words()
        seen.update(transcribed(house))
        return not any(
            path.is_file() and path.name[0] != "." for path in house.inbox.rglob("*")
        )

    if not house.lives():
        house.start()
    wait_until(served, 150 + 2 * len(drops), "an empty inbox")
    assert house.stop() == 0
    return seen


def _parts(content: bytes, number: int) -> list[bytes]:
    ends = [len(content) * end // number for end in range(number + 1)]
    return [content[start:end] for start, end in pairwise(ends)]


def _do(*command: str | Path) -> None:
    subprocess.run(command, check=True)
