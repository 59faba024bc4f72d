"""A share whose other side writes unseen: no event arrives, and yet the inbox is served."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.clips import clip
from support.daemon import House, wait_until

pytestmark = pytest.mark.chaos

PATIENCE = 30.0  # seconds; the next rescan would be an hour away


@pytest.fixture
def share(tmp_path: Path) -> Iterator[Path]:
    """A folder that is mounted as the inbox of `tmp_path` by FUSE."""
    if os.geteuid() != 0 or not shutil.which("bindfs") or not Path("/dev/fuse").exists():
        pytest.skip("needs root, bindfs and /dev/fuse")
    share, inbox = tmp_path / "share", tmp_path / "inbox"
    share.mkdir()
    inbox.mkdir()
    subprocess.run(["bindfs", share, inbox], check=True)
    yield share
    subprocess.run(["umount", inbox], check=True)


def test_what_others_write_into_a_share_is_found_by_polling(
    tmp_path: Path, share: Path
) -> None:
    with House(tmp_path, watch={"quiet": "500ms", "rescan": "1h"}) as house:
        house.start()
        wait_until(lambda: bool(house.events("engine.ready")), PATIENCE, house.last_words())
        (share / "talk.wav").write_bytes(clip())

        wait_until((house.outbox / "talk.json").exists, PATIENCE, house.last_words())
        assert house.stop() == 0
        watched = house.events("inbox.watched")[0]
        assert (watched["by"], "fuse" in watched["reason"]) == ("polling", True)
