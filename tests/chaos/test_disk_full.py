"""A full disk and a share that is not mounted cost time and nothing else."""

import os
import subprocess
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from support.checker import Drop, violations
from support.clips import clip, digest
from support.daemon import House, wait_until

pytestmark = pytest.mark.chaos

_PATIENCE = 60.0  # seconds
_BLOCK = 4096  # bytes; a tmpfs gives no less


@pytest.mark.parametrize("reserve", ["1MiB", "0"])  # without it, the writing itself fails
@pytest.mark.parametrize("folder", ["outbox", "state"])
def test_a_full_disk_is_named_and_waited_for(folder: str, reserve: str, tmp_path: Path) -> None:
    disk = tmp_path / folder
    with (
        _mounted("-t", "tmpfs", "-o", "size=4m", "tmpfs", disk),
        _house(tmp_path, reserve) as house,
    ):
        ballast = _fill(disk)
        drops = _drop(house, 3)

        wait_until(lambda: _complains(house, folder), _PATIENCE, "a word about the disk")
        assert not violations(house, drops, final=False)
        assert not any(house.quarantine.glob("[!.]*"))
        ballast.unlink()

        _finish(house)
        assert not violations(house, drops, final=True)


def test_nothing_is_written_beneath_a_share_that_is_not_mounted(tmp_path: Path) -> None:
    share, mount_point = tmp_path / "share", tmp_path / "outbox"
    share.mkdir()
    with _mounted("--bind", share, mount_point), _house(tmp_path, "1MiB") as house:
        drops = _drop(house, 1)
        _serve(house)
        _unmount(mount_point)

        drops += _drop(house, 2)
        wait_until(lambda: _complains(house, "outbox"), _PATIENCE, "a word about the share")
        assert not list(house.outbox.iterdir())
        _mount("--bind", share, mount_point)

        _finish(house)
        assert not violations(house, drops, final=True)


@contextmanager
def _house(root: Path, reserve: str) -> Generator[House]:
    """With a daemon that has begun to work."""
    limits = {"min_free_disk": reserve}
    with House(root, watch={"quiet": "500ms"}, limits=limits) as house:
        house.start()
        wait_until(lambda: bool(house.events("engine.ready")), _PATIENCE, "a start")
        yield house


@contextmanager
def _mounted(*what: str | Path) -> Generator[None]:
    if os.geteuid():
        pytest.skip("only root may mount")
    mount_point = Path(what[-1])
    mount_point.mkdir()
    try:
        _mount(*what)
    except subprocess.CalledProcessError as error:
        pytest.skip(f"mounting is not permitted here: {error.stderr}")
    try:
        yield
    finally:
        _unmount(mount_point)


def _mount(*what: str | Path) -> None:
    subprocess.run(["mount", *what], check=True, capture_output=True, text=True)


def _unmount(mount_point: Path) -> None:
    subprocess.run(["umount", mount_point], check=True)


def _fill(disk: Path) -> Path:
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while file.write(bytes(_BLOCK)):
            pass
    return ballast


def _drop(house: House, number: int) -> list[Drop]:
    drops: list[Drop] = []
    for _ in range(number):
        content = clip()
        drops.append(Drop(f"{digest(content)[:8]}.wav", digest(content)))
        house.drop(drops[-1].name, content)
    return drops


def _complains(house: House, folder: str) -> bool:
    """Whether the log says which folder holds the work up."""
    assert house.lives(), f"it gave up: {house.last_words()}"
    loud = [line for line in house.log if line["level"] in ("error", "critical")]
    return any(folder in str(line) for line in loud)


def _serve(house: House) -> None:
    def served() -> bool:
        assert house.lives(), house.last_words()
        return not any(house.inbox.glob("[!.]*")) and not any(house.state.glob("kept/*"))

    wait_until(served, _PATIENCE, "an empty inbox")


def _finish(house: House) -> None:
    _serve(house)
    assert house.stop() == 0
