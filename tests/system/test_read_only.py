"""Disks that may only be read: from the start on, or all at once."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from support.clips import clip
from support.daemon import House, wait_until

PATIENCE = 60.0
_ALONE = ("unshare", "--mount", "sh", "-c")  # what is mounted goes with the daemon
_MOUNTED = 'mount -t tmpfs none "$0" && exec "$@"'
_READ_ONLY = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@"'


@pytest.fixture(autouse=True)
def mounts(tmp_path: Path) -> None:
    words = [*_ALONE, _READ_ONLY, str(tmp_path), "true"]
    tools = all(map(shutil.which, ("unshare", "nsenter", "mount")))
    if os.geteuid() or not tools or subprocess.run(words, check=False).returncode:
        pytest.skip("needs root that may mount")


def remount(house: House, folder: Path, how: str) -> None:
    namespace = f"--mount=/proc/{house.pid}/ns/mnt"
    words = ["nsenter", namespace, "mount", "-o", f"remount,{how}", str(folder)]
    subprocess.run(words, check=True)


def is_done(house: House) -> bool:
    return bool(house.events("job.done"))


def test_an_inbox_that_may_only_be_read_is_kept_as_it_is(tmp_path: Path) -> None:
    with House(tmp_path) as house:
        house.drop("talk.wav", clip())
        house.start(under=(*_ALONE, _READ_ONLY, str(house.inbox)))

        wait_until(lambda: is_done(house), PATIENCE, house.last_words())

        assert "as with after_success: keep" in house.events("daemon.degraded")[0]["message"]
        assert "is read-only" in " ".join(house.asked("status").split())
        assert (house.inbox / "talk.wav").exists()
        assert not (house.archive / "talk.wav").exists()
        assert house.stop() == 0


def test_an_archive_that_turned_read_only_is_waited_for(tmp_path: Path) -> None:
    with House(tmp_path) as house:
        house.archive.mkdir()
        house.start(under=(*_ALONE, _MOUNTED, str(house.archive)))
        wait_until(lambda: bool(house.events("daemon.started")), PATIENCE)
        remount(house, house.archive, "ro")
        house.drop("talk.wav", clip())

        wait_until(lambda: bool(house.events("storage.refused")), PATIENCE, house.last_words())
        assert (house.inbox / "talk.wav").exists()
        remount(house, house.archive, "rw")
        wait_until(lambda: is_done(house), PATIENCE, house.last_words())

        archived = Path(f"/proc/{house.pid}/root") / house.archive.relative_to("/")
        assert [path.name for path in archived.glob("*.wav")] == ["talk.wav"]
        assert not (house.inbox / "talk.wav").exists()
        assert house.stop() == 0
