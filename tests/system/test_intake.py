"""What the real daemon takes from its inbox, and what it leaves alone."""

import json
import os
import socket
from pathlib import Path
from typing import Any

from support.clips import SAID, clip, digest
from support.daemon import House, wait_until

PATIENCE = 60.0


def transcript(house: House, name: str) -> dict[str, Any]:
    path = house.outbox / name
    wait_until(path.exists, PATIENCE, f"{name} came; {house.last_words()}")
    return json.loads(path.read_bytes())


def skipped(house: House, name: str) -> str:
    """The reason that the log gives for leaving an entry alone."""

    def reasons() -> list[str]:
        lines = house.events("inbox.skipped")
        return [line["reason"] for line in lines if line["name"] == name]

    wait_until(lambda: bool(reasons()), PATIENCE, name)
    return reasons()[0]


def ended(house: House, name: str) -> int:
    """How many jobs of this recording."""
    return sum(line["name"] == name for line in house.events("job.done"))


def queued(house: House, name: str) -> bool:
    return any(name in line["names"] for line in house.events("jobs.queued"))


def refused(house: House, name: str) -> bool:
    """Whether the storage refuses to take its transcript."""
    jobs = {line["job"] for line in house.events("job.delivering") if line["name"] == name}
    return any(line["job"] in jobs for line in house.events("storage.refused"))


def test_a_dropped_recording_gets_its_transcript_and_goes_to_the_archive(house: House) -> None:
    content = clip()
    house.drop("first/talk.wav", content)

    told = transcript(house, "first/talk.json")
    wait_until((house.archive / "first/talk.wav").exists, PATIENCE)
    assert told["text"].strip() == SAID.strip()
    assert told["source"]["sha256"] == digest(content)
    assert told["language"] == "en"
    assert told["quality"] == {"verdict": "good", "reasons": [], "calibrated_on": "base"}
    assert (house.outbox / "first/talk.txt").read_text().strip() == SAID.strip()
    assert not (house.inbox / "first/talk.wav").exists()


def test_two_recordings_of_one_stem_get_outputs_of_their_own(house: House) -> None:
    house.drop("twins/talk.wav", clip())
    transcript(house, "twins/talk.json")
    house.drop("twins/talk.wave", clip())

    assert transcript(house, "twins/talk.wave.json")["source"]["name"] == "twins/talk.wave"
    assert transcript(house, "twins/talk.json")["source"]["name"] == "twins/talk.wav"


def test_a_new_version_replaces_its_own_outputs(house: House) -> None:
    house.drop("again/talk.wav", clip())
    transcript(house, "again/talk.json")
    wait_until((house.archive / "again/talk.wav").exists, PATIENCE)
    second = clip()
    house.drop("again/talk.wav", second)

    wait_until((house.archive / "again/talk (2).wav").exists, PATIENCE)
    assert transcript(house, "again/talk.json")["source"]["sha256"] == digest(second)
    assert sorted(path.name for path in (house.outbox / "again").iterdir()) == [
        "talk.json",
        "talk.srt",
        "talk.txt",
    ]


def test_the_same_bytes_dropped_twice_are_kept_once_and_end_the_matter(house: House) -> None:
    content = clip()
    for _ in range(2):
        done = ended(house, "twice.wav") + 1
        house.drop("twice.wav", content)
        wait_until(lambda: ended(house, "twice.wav") >= done, PATIENCE)  # noqa: B023

    assert not (house.inbox / "twice.wav").exists()
    assert (house.archive / "twice.wav").read_bytes() == content
    assert not (house.archive / "twice (2).wav").exists()


def test_a_file_replaced_while_its_delivery_is_held_up_gets_its_turn(house: House) -> None:
    (house.outbox / "held").write_text("a file where a folder has to be")
    house.drop("held/talk.wav", clip())
    wait_until(lambda: refused(house, "held/talk.wav"), PATIENCE, house.last_words())
    second = clip()
    house.drop("held/talk.wav", second)
    house.drop("younger.wav", clip())
    wait_until(
        lambda: queued(house, "younger.wav"), PATIENCE, "the new version has settled too"
    )
    assert not (house.outbox / "held").is_dir()
    (house.outbox / "held").unlink()

    wait_until((house.archive / "held/talk.wav").exists, PATIENCE, house.last_words())
    assert transcript(house, "held/talk.json")["source"]["sha256"] == digest(second)


def test_somebody_elses_output_is_never_touched(house: House) -> None:
    foreign = house.outbox / "foreign" / "talk.srt"
    foreign.parent.mkdir(parents=True)
    foreign.write_text("mine")
    house.drop("foreign/talk.wav", clip())

    transcript(house, "foreign/talk.wav.json")
    assert foreign.read_text() == "mine"


def test_ugly_names_are_served_like_all_others(house: House) -> None:
    names = [
        b"new\nline.wav",
        b"latin-\xe9\xff.wav",
        b"-rf.wav",
        "así: ¿qué?.wav".encode(),
        b"x" * 251 + b".wav",
        ("ñ" * 125 + ".wav").encode(),
    ]
    for name in names:
        house.drop(f"ugly/{os.fsdecode(name)}", clip())

    def archived() -> set[bytes]:
        return {os.fsencode(path.name) for path in (house.archive / "ugly").iterdir()}

    wait_until((house.archive / "ugly").is_dir, PATIENCE)
    wait_until(lambda: archived() == set(names), 2 * PATIENCE, house.last_words())
    markers = [path for path in (house.outbox / "ugly").iterdir() if path.suffix == ".json"]
    assert len(markers) == len(names)
    for marker in markers:
        assert json.loads(marker.read_bytes())["text"].strip() == SAID.strip()


def test_what_is_no_regular_file_is_left_alone_with_a_reason(
    house: House, tmp_path: Path
) -> None:
    outside = tmp_path / "outside.wav"
    outside.write_bytes(clip())
    (house.inbox / "link.wav").symlink_to(outside)
    os.mkfifo(house.inbox / "pipe.wav")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(house.inbox / "socket.wav"))

    assert "symbolic link" in skipped(house, "link.wav")
    assert "named pipe" in skipped(house, "pipe.wav")
    assert "socket" in skipped(house, "socket.wav")
    assert outside.exists()


def test_unfinished_and_hidden_names_are_left_alone_with_a_reason(house: House) -> None:
    house.drop("talk.mp3.part", b"...", renamed=False)
    house.drop(".secret.wav", clip(), renamed=False)

    assert "unfinished transfer" in skipped(house, "talk.mp3.part")
    assert "hidden" in skipped(house, ".secret.wav")


def test_a_file_that_is_renamed_from_its_temporary_name_is_taken(house: House) -> None:
    house.drop("late.wav.part", clip(), renamed=False).rename(house.inbox / "late.wav")

    transcript(house, "late.json")


def test_options_beside_a_recording_are_obeyed(house: House) -> None:
    (house.inbox / "options").mkdir()
    (house.inbox / "options/.transcribid.yaml").write_text("language: es\nformats: [tsv]\n")
    (house.inbox / "options/talk.wav.yaml").write_text("language: en\n")
    house.drop("options/talk.wav", clip())

    told = transcript(house, "options/talk.json")
    assert told["options"]["language"] == "en"
    assert sorted(told["outputs"]) == ["talk.tsv"]


def test_bad_options_beside_a_recording_are_not_passed_over(house: House) -> None:
    (house.inbox / "odd.wav.yaml").write_text("langauge: es\n")
    house.drop("odd.wav", clip())

    report = house.quarantine / "odd.wav.report.txt"
    wait_until(report.exists, PATIENCE)
    assert "did you mean 'language'" in report.read_text()


def test_a_pipe_in_the_place_of_an_output_is_written_around(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.outbox.mkdir()
    for name in ("talk.json", "talk.txt"):
        os.mkfifo(house.outbox / name)
    house.drop("talk.wav", clip())

    assert house.once() == 0, house.last_words()

    assert (house.outbox / "talk.wav.json").is_file()
    assert (house.outbox / "talk.wav.txt").read_text() == SAID
