"""Bad recordings: each gets a report that a person understands, and the daemon goes on."""

import json
import os
import shutil
import wave
from collections.abc import Callable
from pathlib import Path

import pytest

from support.broken_preparer import killers
from support.clips import clip
from support.daemon import House, wait_until
from support.media import encoded, video

PATIENCE = 60.0


def text(path: Path) -> None:
    path.write_text("Dear Sir or Madam,\n" * 50)


def zero_bytes(path: Path) -> None:
    path.touch()


def no_audio(path: Path) -> None:
    made = video(path.with_name(".film.mp4"))
    made.rename(path)


def no_sound(path: Path) -> None:
    with wave.open(str(path), "wb") as recording:
        recording.setparams((1, 2, 16_000, 0, "NONE", ""))


def without_its_index(path: Path) -> None:
    path.write_bytes(b"\0\0\0\x18ftypM4A \0\0\0\0M4A mp42isom\0\0\0\0" + bytes(5000))


REPORTS: dict[Callable[[Path], None], str] = {
    text: "not a recording in a supported format",
    zero_bytes: "It is still empty",
    no_audio: "It has no audio stream",
    no_sound: "only 0.00 seconds of audio",
    without_its_index: "its end is missing or damaged",
}


@pytest.mark.parametrize("make", REPORTS, ids=lambda make: make.__name__)
def test_a_bad_recording_is_quarantined_with_its_report(
    house: House, make: Callable[[Path], None]
) -> None:
    name = f"{make.__name__}.mp3"
    make(house.inbox / name)

    wait_until((house.quarantine / name).exists, 2 * PATIENCE, house.last_words())
    report = (house.quarantine / f"{name}.report.txt").read_text()
    assert REPORTS[make] in report
    for part in ("What to do:", "To try again", "Facts", "History", "transcribid retry"):
        assert part in report
    assert not (house.inbox / name).exists()


def test_a_cut_recording_is_waited_for_and_then_transcribed_as_far_as_it_goes(
    house: House,
) -> None:
    content = clip()
    house.drop("cut.wav", content[: len(content) * 2 // 3])

    wait_until((house.outbox / "cut.json").exists, 2 * PATIENCE, house.last_words())
    told = json.loads((house.outbox / "cut.json").read_bytes())
    assert told["quality"]["verdict"] == "partial"
    assert "bytes are missing" in told["quality"]["reasons"][0]
    waits = [line for line in house.events("job.queued") if line["name"] == "cut.wav"]
    assert "bytes are missing" in waits[0]["message"]


def test_a_cut_recording_is_partial_although_decoding_it_outlasts_the_grace(
    tmp_path: Path,
) -> None:
    whole = encoded(tmp_path / "whole.flac", "flac", rate=16_000, times=150).read_bytes()
    with House(tmp_path, watch={"quiet": "500ms", "grace": "1s"}) as house:
        house.start()
        wait_until(lambda: bool(house.events("engine.ready")), PATIENCE, house.last_words())
        house.drop("cut.flac", whole[: len(whole) // 2])

        wait_until((house.outbox / "cut.json").exists, 2 * PATIENCE, house.last_words())
        told = json.loads((house.outbox / "cut.json").read_bytes())
        assert told["quality"]["verdict"] == "partial"


def test_a_quarantined_file_that_is_moved_back_is_tried_again(house: House) -> None:
    house.drop("back.mp3", b"nonsense " * 99)
    wait_until((house.quarantine / "back.mp3").exists, PATIENCE)
    (house.quarantine / "back.mp3").write_bytes(clip())
    (house.quarantine / "back.mp3").rename(house.inbox / "back.mp3")

    wait_until((house.outbox / "back.json").exists, PATIENCE, house.last_words())
    assert not (house.quarantine / "back.mp3.report.txt").exists()


def refused(house: House, name: str) -> bool:
    waits = [line for line in house.events("job.queued") if line["name"] == name]
    return any("cannot read it" in line.get("message", "") for line in waits)


def test_an_unreadable_file_is_waited_for_and_then_reported_with_its_owner_and_mode(
    tmp_path: Path,
) -> None:
    root = os.geteuid() == 0
    if root and not shutil.which("setpriv"):
        pytest.skip("root may read everything, and there is no setpriv to prevent it")
    humble = ("setpriv", "--bounding-set", "-dac_override,-dac_read_search") if root else ()
    with House(tmp_path, watch={"quiet": "500ms", "grace": "8s"}) as house:
        house.drop("locked.wav", clip()).chmod(0)
        house.drop("later.wav", clip()).chmod(0)
        house.start(under=humble)
        wait_until(lambda: refused(house, "later.wav"), PATIENCE, house.last_words())
        (house.inbox / "later.wav").chmod(0o644)
        wait_until((house.outbox / "later.json").exists, PATIENCE, house.last_words())
        report = house.quarantine / "locked.wav.report.txt"
        wait_until(report.exists, PATIENCE, house.last_words())

        assert f"belongs to user {os.getuid()}" in report.read_text()
        assert "mode 0000" in report.read_text()
        assert "chmod" in report.read_text()


def test_what_ends_its_preparer_costs_neither_the_engine_nor_others(house: House) -> None:
    names = [path.name for path in killers(house.inbox, 6)]
    house.drop("note.wav", clip())

    wait_until((house.outbox / "note.json").exists, 2 * PATIENCE, house.last_words())
    for name in names:
        wait_until((house.quarantine / name).exists, 2 * PATIENCE, house.last_words())
        assert "SIGSEGV" in (house.quarantine / f"{name}.report.txt").read_text()
    assert len(house.events("engine.ready")) == 1
