"""A folder that is gone, or another than we knew, is told from an empty one."""

from collections.abc import Generator
from contextlib import closing
from pathlib import Path

import pytest

from transcribid.ledger import Ledger
from transcribid.service.mount_guard import MARKER, MountGuard


@pytest.fixture
def roots(tmp_path: Path) -> Generator[MountGuard]:
    folders = {name: tmp_path / name for name in ("state", "inbox", "archive")}
    with closing(Ledger(tmp_path / "ledger")) as ledger:
        roots = MountGuard(folders, ledger)
        roots.prepare(["state", "inbox"])
        yield roots


def test_a_state_folder_that_is_gone_is_noticed(tmp_path: Path, roots: MountGuard) -> None:
    assert roots.trouble("state") is None

    (tmp_path / "state" / MARKER).unlink()

    trouble = roots.trouble("state")
    assert trouble
    assert "restart transcribid" in trouble
    assert "touch" not in trouble


def test_a_folder_that_a_new_configuration_wants_is_made(
    tmp_path: Path, roots: MountGuard
) -> None:
    assert not (tmp_path / "archive").exists()

    roots.prepare(["inbox", "archive"])

    assert (tmp_path / "archive" / MARKER).exists()
    assert roots.trouble("archive") is None


def test_a_folder_that_cannot_be_looked_at_is_in_trouble(tmp_path: Path) -> None:
    folder = tmp_path / ("x" * 300)
    with closing(Ledger(tmp_path / "ledger")) as ledger:
        trouble = MountGuard({"inbox": folder}, ledger).trouble("inbox")

    assert trouble == f"inbox {folder}: File name too long. Check its disk."
