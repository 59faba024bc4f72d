"""The daemon with the real pyannote.audio: words with their speakers, whatever happens."""

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.serving import served
from diarization.told import (
    CONVERSATION,
    PIPELINE,
    Document,
    document,
    error_rate,
    share_of_words,
    turns,
)
from support.clips import clip
from support.daemon import House, wait_until
from transcribid import starter

PATIENCE = 120.0  # seconds
ASKED = "diarization: {enabled: true}\n"


def asked(house: House, name: str = "talks/talk.flac", options: str = ASKED) -> Path:
    """Where the transcript of the conversation will be."""
    folder = (house.inbox / name).parent
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ".transcribid.yaml").write_text(options)
    house.drop(name, CONVERSATION.read_bytes())
    return house.outbox / Path(name).with_suffix(".json")


def diarizers(house: House) -> list[int]:
    """Processes of this daemon in which torch is."""
    return [child for child in house.children() if "transcribid.diarizer" in _command(child)]


def killed(house: House) -> None:
    """The diarizer, in the middle of its work."""
    wait_until(lambda: bool(house.events("diarizer.ready")), PATIENCE, "a diarizer at work")
    os.kill(diarizers(house)[0], signal.SIGKILL)


def _command(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Document:
    """The conversation, transcribed with its speakers."""
    root = tmp_path_factory.mktemp("talk")
    settings = {"model": str(PIPELINE), "enabled": True}
    house = House(root, diarization=settings, transcription={"language": "en"})
    house.drop("talk.flac", CONVERSATION.read_bytes())
    assert house.once() == 0, house.last_words()
    return document(house.outbox / "talk.json")


@pytest.fixture
def running(house: House) -> Iterator[House]:
    with house:
        house.start()
        yield house


def test_two_speakers_are_distinguished(talk: Document) -> None:
    assert talk["speakers"] == ["SPEAKER_00", "SPEAKER_01"]
    assert error_rate(turns(talk)) < 0.1


def test_words_go_to_who_said_them(talk: Document) -> None:
    assert share_of_words(talk) > 0.95


def test_a_segment_is_of_one_speaker(talk: Document) -> None:
    for segment in talk["segments"]:
        assert {word["speaker"] for word in segment["words"]} == {segment["speaker"]}
    assert talk["quality"]["verdict"] == "good"
    assert talk["diarization"]["libraries"].startswith("pyannote.audio 4")


def test_only_a_folder_that_asks_gets_speakers(house: House) -> None:
    path = asked(house)
    house.drop("plain.wav", clip())

    assert house.once() == 0, house.last_words()

    assert len(document(path)["speakers"]) == 2
    assert "speakers" not in document(house.outbox / "plain.json")


def test_the_number_of_speakers_may_be_given(house: House) -> None:
    path = asked(house, options="diarization: {enabled: true, num_speakers: 1}\n")

    assert house.once() == 0, house.last_words()

    assert document(path)["speakers"] == ["SPEAKER_00"]
    assert document(path)["options"]["diarization"]["num_speakers"] == 1


def test_openai_s_clients_get_who_said_what(tmp_path: Path) -> None:
    it = served(tmp_path, diarization={"model": str(PIPELINE)})
    with it.house, it.begin().client() as http:
        form = {"file": (CONVERSATION.name, CONVERSATION.read_bytes())}
        data = {"response_format": "diarized_json", "language": "en"}
        talk = http.post("/v1/audio/transcriptions", files=form, data=data).json()

    assert talk["failure"] is None
    assert {each["speaker"] for each in talk["segments"]} == {"SPEAKER_00", "SPEAKER_01"}
    assert " ".join(each["text"] for each in talk["segments"]) == talk["text"]


def test_a_diarizer_that_is_killed_costs_no_words(running: House) -> None:
    path = asked(running)
    killed(running)
    wait_until(path.exists, PATIENCE, "a transcript")

    talk = document(path)
    assert "was killed by SIGKILL" in talk["diarization"]["failure"]
    assert talk["quality"]["verdict"] == "review"
    assert talk["text"].startswith("The meeting starts on Wednesday at eleven.")
    assert not list(running.quarantine.rglob("talk*"))


def test_speakers_can_be_added_later(running: House) -> None:
    path = asked(running)
    killed(running)
    wait_until(path.exists, PATIENCE, "a transcript")
    wait_until(lambda: bool(running.events("job.done")), PATIENCE, "a job that is done")

    running.asked("retry", "1")
    wait_until(lambda: len(running.events("job.done")) == 2, PATIENCE, "another transcript")

    assert len(document(path)["speakers"]) == 2
    assert document(path)["seconds"] == 0.0  # no window was decoded for it
    assert not list((running.root / "state" / "heard").iterdir())


def test_a_daemon_that_is_killed_goes_on_where_it_was(house: House) -> None:
    with house:
        house.start()
        path = asked(house)
        wait_until(lambda: bool(house.events("diarizer.ready")), PATIENCE, "a diarizer at work")
        house.kill()
        assert not path.exists()

        house.start()
        wait_until(path.exists, PATIENCE, "a transcript")

    assert len(document(path)["speakers"]) == 2
    assert len(house.events("job.transcribed")) == 1


def test_a_daemon_that_dies_of_it_again_and_again_delivers_the_words(house: House) -> None:
    with house:
        house.start()
        path = asked(house)
        for deaths in range(1, 4):
            wait_until(
                lambda deaths=deaths: len(house.events("diarizer.ready")) == deaths,
                PATIENCE,
                house.last_words(),
            )
            house.kill()
            house.start()
        wait_until(path.exists, PATIENCE, house.last_words())

    talk = document(path)
    assert talk["diarization"]["failure"].startswith("The daemon died several times")
    assert talk["text"].startswith("The meeting starts on Wednesday at eleven.")
    assert not list(house.quarantine.rglob("talk*"))


def test_others_are_transcribed_while_speakers_are_looked_for(house: House) -> None:
    with house:
        house.start()
        path = asked(house)
        wait_until(lambda: bool(house.events("diarizer.ready")), PATIENCE, "a diarizer at work")
        os.kill(diarizers(house)[0], signal.SIGSTOP)
        for number in range(6):
            house.drop(f"talks/{number}.flac", CONVERSATION.read_bytes())
        house.drop("plain.wav", clip())

        wait_until((house.outbox / "plain.json").exists, PATIENCE, house.last_words())
        wait_until(
            lambda: len(house.events("job.diarizing")) == 7, PATIENCE, house.last_words()
        )
        assert not path.exists()
        os.kill(diarizers(house)[0], signal.SIGCONT)
        wait_until(lambda: len(house.events("job.done")) == 8, PATIENCE, house.last_words())

    for number in range(6):
        assert len(document(house.outbox / f"talks/{number}.json")["speakers"]) == 2


def test_a_diarizer_that_takes_too_long_is_ended(house: House) -> None:
    house.configure(diarization={"timeout": "1s"})
    path = asked(house)

    assert house.once() == 0, house.last_words()

    assert "longer than 1 seconds" in document(path)["diarization"]["failure"]
    assert document(path)["segments"]


def test_it_starts_when_asked_for_sends_nothing_and_ends_when_idle(house: House) -> None:
    house.configure(diarization={"keep_alive": "2s"})
    with house:
        house.start()
        house.drop("plain.wav", clip())
        wait_until((house.outbox / "plain.json").exists, PATIENCE, "a transcript")
        assert not diarizers(house)

        path = asked(house)
        wait_until(lambda: bool(diarizers(house)), PATIENCE, "a diarizer")
        environment = Path(f"/proc/{diarizers(house)[0]}/environ").read_text()
        wait_until(path.exists, PATIENCE, "a transcript")
        wait_until(lambda: not diarizers(house), PATIENCE, "no diarizer")

    assert "PYANNOTE_METRICS_ENABLED=0" in environment.split("\0")


def test_silence_needs_no_diarizer(house: House) -> None:
    asked(house)
    house.drop("talks/silence.wav", (starter.RECORDINGS / "silence.wav").read_bytes())

    assert house.once() == 0, house.last_words()

    talk = document(house.outbox / "talks/silence.json")
    assert (talk["segments"], talk["speakers"], talk["diarization"]["failure"]) == (
        [],
        [],
        None,
    )


@pytest.mark.parametrize("damage", ["no folder", "no config", "junk"])
def test_a_pipeline_that_does_not_load_costs_no_words(
    house: House, tmp_path: Path, damage: str
) -> None:
    broken = tmp_path / "broken"
    if damage != "no folder":
        shutil.copytree(PIPELINE, broken)
    if damage == "no config":
        (broken / "config.yaml").unlink()
    elif damage == "junk":
        (broken / "embedding" / "pytorch_model.bin").write_bytes(b"junk")
    house.configure(diarization={"model": str(broken)})
    path = asked(house)

    assert house.once() == 0, house.last_words()

    assert str(broken) in document(path)["diarization"]["failure"]
    assert document(path)["segments"]
