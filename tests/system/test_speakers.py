"""Speakers are wanted and no pipeline is there: the words are delivered, and it is said."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from support.clips import SAID, clip
from support.daemon import House, transcribid, wait_until
from transcribid import starter

pytestmark = pytest.mark.slow

PATIENCE = 60.0  # seconds


def test_what_will_be_missed_is_said_at_the_start_and_in_the_output(tmp_path: Path) -> None:
    house = House(tmp_path, diarization={"enabled": True})
    house.drop("talk.wav", clip())

    assert house.once() == 0, house.last_words()

    (warning,) = house.events("diarization.unavailable")
    assert warning["remedy"].startswith("Run: transcribid models pull pyannote/")
    told = json.loads((house.outbox / "talk.json").read_text())
    assert told["text"] == SAID.strip()
    assert "is not on this machine" in told["diarization"]["failure"]
    assert (house.outbox / "talk.txt").read_text() == SAID


def test_speakers_are_added_later_to_the_words_that_are_there(tmp_path: Path) -> None:
    with House(tmp_path, diarization={"enabled": True}) as house:
        house.start()
        house.drop("talk.wav", clip())
        wait_until(lambda: len(house.events("job.done")) == 1, PATIENCE, house.last_words())
        first = json.loads((house.outbox / "talk.json").read_text())

        house.asked("retry", "1", "--num-speakers", "2")

        wait_until(lambda: len(house.events("job.done")) == 2, PATIENCE, house.last_words())
    second = json.loads((house.outbox / "talk.json").read_text())
    assert second["segments"] == first["segments"]
    assert first["seconds"] > second["seconds"] == 0.0  # no window was heard for it
    assert second["options"]["diarization"]["num_speakers"] == 2


def test_a_command_finds_nobody_in_silence(tmp_path: Path) -> None:
    silence = starter.RECORDINGS / "silence.wav"
    words = ("transcribe", silence, "--model", "starter", "--diarize", "-o", tmp_path)

    transcribid(*words)

    told = json.loads((tmp_path / "silence.json").read_text())
    assert (told["speakers"], told["diarization"]["failure"]) == ([], None)


def test_a_command_says_what_it_could_not_find_out(tmp_path: Path) -> None:
    recording = tmp_path / "talk.wav"
    recording.write_bytes(clip())
    words = ("transcribe", recording, "--model", "starter", "--num-speakers", "2")
    program = [sys.executable, "-P", "-m", "transcribid", *words, "-o", tmp_path]
    done = subprocess.run(program, capture_output=True, text=True, timeout=120, check=True)

    assert done.stdout.splitlines()[0] == str(tmp_path / "talk.txt")
    assert "talk.wav: no speaker labels. " in done.stderr
    assert "transcribid models pull" in done.stderr


def test_nothing_is_said_where_nobody_asks(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.drop("talk.wav", clip())

    assert house.once() == 0, house.last_words()

    assert not house.events("diarization.unavailable")
    assert "diarization" not in json.loads((house.outbox / "talk.json").read_text())
