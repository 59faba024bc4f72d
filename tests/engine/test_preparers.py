"""Which process prepares which recording, what it may cost, and what its death means."""

import os
import signal
import struct
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from support.daemon import wait_until
from support.processes import holder
from support.sounds import bundled, noise, written
from transcribid import starter
from transcribid.domain.job import FailureKind, JobId
from transcribid.domain.options import Options
from transcribid.domain.transcript import Performer
from transcribid.engine.active_recording import ActiveRecording
from transcribid.engine.preparing import Budget, Preparers
from transcribid.engine.scheduler import Scheduler, Serves
from transcribid.protocol.engine import Refusal, Reply, Request

PATIENCE = 120.0
PERFORMER = Performer("starter", "cpu", "int8", "these libraries")
ENGLISH = Options(language="en")
GENEROUS = Budget()


class Desk:
    """Real preparers of recordings that no lane takes windows of."""

    def __init__(self, budget: Budget) -> None:
        self.scheduler = Scheduler(100)
        self._preparers = Preparers(self.scheduler, 1, budget)

    def add(self, path: Path, *, urgent: bool = False) -> ActiveRecording:
        request = Request(
            JobId(1), 1, str(path), "aa", ENGLISH, 86_400.0, accept_partial=True, urgent=urgent
        )
        active = ActiveRecording(request, PERFORMER, self._forget, 80)
        self.scheduler.add(active)
        return active

    def _forget(self, reply: Reply) -> None: ...

    def close(self) -> None:
        self.scheduler.close()
        self._preparers.close()


@contextmanager
def preparers(budget: Budget = GENEROUS) -> Generator[Desk]:
    with closing(Desk(budget)) as desk:
        yield desk


def costly(path: Path, comments: int) -> Path:
    """A recording with so many comments, each compared with all before it by FFmpeg."""
    whole = (starter.RECORDINGS / "en-long.flac").read_bytes()
    sound = whole[whole.index(b"\xff\xf8", 42) :]
    texts = [f"{number}=x".encode() for number in range(comments)]
    body = struct.pack("<II", 0, comments)
    body += b"".join(struct.pack("<I", len(text)) + text for text in texts)
    header = b"fLaC\x00" + whole[5:42] + b"\x84" + len(body).to_bytes(3, "big")
    path.write_bytes(header + body + sound)
    return path


def prepared(active: ActiveRecording) -> bool:
    return active.audio is not None


def test_what_costs_much_without_a_sound_is_refused(tmp_path: Path) -> None:
    with preparers(Budget(many=0.2, most=1.0)) as desk:
        active = desk.add(costly(tmp_path / "costly.flac", 40_000))
        wait_until(lambda: active.failure is not None, PATIENCE)

    assert active.failure
    assert active.failure.kind is FailureKind.BAD_INPUT
    assert "processor time" in active.failure.message


def test_what_costs_much_is_prepared_after_others_and_not_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "long.wav", *[bundled("en-long.flac")] * 2)
    with preparers(Budget(many=0.5)) as desk:
        hog = desk.add(costly(tmp_path / "costly.flac", 40_000))
        wait_until(lambda: hog.at_preparer, PATIENCE)
        long = desk.add(path)
        wait_until(lambda: prepared(long), PATIENCE)
        assert hog.deferred
        assert not prepared(hog)

        wait_until(lambda: prepared(hog), PATIENCE)
        assert hog.failure is None


def test_what_keeps_yielding_sound_may_cost_anything(tmp_path: Path) -> None:
    path = written(tmp_path / "long.wav", *[noise(60.0)] * 8)
    with preparers(Budget(many=0.4, most=0.5)) as desk:
        wait_until(lambda: desk.scheduler.idle(Serves.ALL) == 1, PATIENCE)
        active = desk.add(path)
        wait_until(lambda: prepared(active) or active.failure is not None, PATIENCE)

    assert active.failure is None


@pytest.mark.parametrize("urgent", [False, True])
def test_nobody_waits_for_a_long_recording_to_be_prepared(
    tmp_path: Path, *, urgent: bool
) -> None:
    with preparers() as desk:
        long = desk.add(costly(tmp_path / "costly.flac", 40_000))
        wait_until(lambda: long.at_preparer, PATIENCE)
        path = tmp_path / "another.wav"
        written(path, *[bundled("en-long.flac")] * (3 if urgent else 1))
        quick = desk.add(path if urgent else starter.RECORDINGS / "en-short.wav", urgent=urgent)
        wait_until(lambda: prepared(quick), PATIENCE)

        assert not prepared(long)


def test_what_claims_to_be_short_and_is_not_is_prepared_to_its_end(tmp_path: Path) -> None:
    """By another preparer, from the last window on, as if by one."""
    whole = starter.RECORDINGS / "en-long.flac"
    lying = tmp_path / "lying.flac"
    header = bytearray(whole.read_bytes())
    header[22:26] = (20 * 16_000).to_bytes(4, "big")  # its samples, low bits
    lying.write_bytes(header)
    with preparers() as desk:
        undisturbed = desk.add(whole)
        wait_until(lambda: prepared(undisturbed), PATIENCE)
        hog = desk.add(costly(tmp_path / "costly.flac", 40_000))
        wait_until(lambda: hog.at_preparer, PATIENCE)
        liar = desk.add(lying)
        wait_until(lambda: liar.long and not liar.at_preparer, PATIENCE)
        assert liar.prepared > 0
        desk.scheduler.cancel(hog)
        wait_until(lambda: prepared(liar), PATIENCE)

    assert [window.spans for window in liar.waiting] == [
        window.spans for window in undisturbed.waiting
    ]


def test_what_is_taken_back_leaves_its_preparer_to_others(tmp_path: Path) -> None:
    with preparers() as desk:
        hog = desk.add(costly(tmp_path / "costly.flac", 60_000))
        wait_until(lambda: hog.at_preparer, PATIENCE)
        desk.scheduler.cancel(hog)
        wait_until(lambda: desk.scheduler.idle(Serves.ALL) == 1, PATIENCE)

        assert hog.audio is None


def test_a_native_death_is_named_and_costs_nobody_else_anything(tmp_path: Path) -> None:
    replies: list[Reply] = []
    with preparers() as desk:
        doomed = desk.add(costly(tmp_path / "costly.flac", 40_000))
        doomed.post = replies.append
        wait_until(lambda: holder(tmp_path / "costly.flac") is not None, PATIENCE)
        os.kill(holder(tmp_path / "costly.flac") or 0, signal.SIGSEGV)
        other = desk.add(starter.RECORDINGS / "en-short.wav")
        wait_until(lambda: prepared(other), PATIENCE)

    (refusal,) = [each for each in replies if isinstance(each, Refusal)]
    assert refusal.failure.kind is FailureKind.PREPARER
    assert "SIGSEGV" in refusal.failure.message
