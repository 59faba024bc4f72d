"""One daemon for each inbox, as far as locks work there."""

import errno
import fcntl
import os
from contextlib import closing
from pathlib import Path

import pytest

from transcribid.storage.instance_lock import InboxLock


def test_an_inbox_that_is_mounted_anew_is_claimed_anew(tmp_path: Path) -> None:
    marker = tmp_path / ".transcribid"
    with closing(InboxLock(marker)) as ours, closing(InboxLock(marker)) as others:
        assert (ours.trouble(), ours.weakness) == (None, "it has no marker")
        marker.touch()
        assert (ours.trouble(), ours.weakness) == (None, "")
        assert others.trouble() == f"Another transcribid is using the inbox {tmp_path}."

        marker.rename(tmp_path / "elsewhere")
        marker.touch()

        assert others.trouble() is None
        assert ours.trouble() == f"Another transcribid is using the inbox {tmp_path}."
        others.close()
        assert ours.trouble() is None


def test_where_locks_do_not_work_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", refuse)
    (tmp_path / ".transcribid").touch()
    with closing(InboxLock(tmp_path / ".transcribid")) as claim:
        assert claim.trouble() is None
        assert claim.weakness == "file locks do not work: No locks available"


def test_a_marker_that_another_machine_replaced_is_claimed_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """NFS lets nobody look at a file that was removed elsewhere, not even who holds it."""

    def stale(*_: object) -> None:
        raise OSError(errno.ESTALE, os.strerror(errno.ESTALE))

    (tmp_path / ".transcribid").touch()
    with closing(InboxLock(tmp_path / ".transcribid")) as claim:
        assert claim.trouble() is None
        with monkeypatch.context() as elsewhere:
            elsewhere.setattr(os, "fstat", stale)
            assert claim.trouble() is None
            assert claim.weakness == ""
