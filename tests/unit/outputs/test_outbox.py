"""Whose set of outputs it is, what of it is written, and how it is called."""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from transcribid.domain.job import Copy, Job, JobId, Source
from transcribid.domain.options import Task
from transcribid.domain.transcript import Span, Transcript
from transcribid.outputs.delivery import Delivery, Layout
from transcribid.storage.outbox import Contest, KeptTranscript, Outbox

JOB = Job(
    JobId(1), Source("talk.mp3", 1, 1), admitted=0.0, copy=Copy("5e" * 32, inode=1, ctime_ns=1)
)


class Desk:
    """An outbox, and one recording that comes in versions."""

    def __init__(self, root: Path, delivery: Delivery, naming: str = "{stem}.{format}") -> None:
        self.folder = root / "outbox"
        self.outbox = Outbox(self.folder, root / "kept", naming=naming, layout=Layout(42, 2))
        options = replace(delivery.options, formats=("txt", "srt", "json"))
        self.kept = KeptTranscript(delivery.transcript, options)

    def planned(self, **changes: object) -> Job:
        transcript = replace(self.kept.transcript, **changes)
        self.outbox.keep(JOB.id, replace(self.kept, transcript=transcript))
        return replace(JOB, plan=self.outbox.plan(JOB))

    def delivered(self, **changes: object) -> list[str]:
        return [path.name for path in self.outbox.deliver(self.planned(**changes))]

    def text(self, name: str) -> str:
        return (self.folder / name).read_text()


@pytest.fixture
def desk(tmp_path: Path, delivery: Delivery) -> Desk:
    return Desk(tmp_path, delivery)


def shorter(transcript: Transcript, number: int) -> dict[str, object]:
    return {"segments": transcript.segments[:number]}


def test_a_new_version_replaces_a_set_that_nobody_edited(desk: Desk) -> None:
    desk.delivered()
    before = desk.text("talk.txt")

    assert desk.delivered(**shorter(desk.kept.transcript, 2)) == [
        *("talk.txt", "talk.srt", "talk.json")
    ]
    assert len(desk.text("talk.txt")) < len(before)


@pytest.mark.parametrize("edited", ["talk.txt", "talk.srt", "talk.json"])
def test_an_edited_set_is_never_overwritten(desk: Desk, edited: str) -> None:
    first = desk.delivered()
    (desk.folder / edited).write_text(desk.text(edited).replace("Ortega", "Ortiz"))
    before = [desk.text(name) for name in first]

    second = desk.delivered(**shorter(desk.kept.transcript, 2))
    third = desk.delivered(**shorter(desk.kept.transcript, 1))

    assert second == third == ["talk.mp3.txt", "talk.mp3.srt", "talk.mp3.json"]
    assert [desk.text(name) for name in first] == before
    (desk.folder / "talk.mp3.txt").write_text("mine")
    assert desk.delivered()[0] == "talk.mp3 (2).txt"


def test_a_format_that_is_no_longer_written_counts_when_it_was_edited(desk: Desk) -> None:
    desk.delivered()
    (desk.folder / "talk.srt").write_text("mine")
    desk.kept = replace(desk.kept, options=replace(desk.kept.options, formats=("json",)))

    assert desk.delivered() == ["talk.mp3.json"]


def test_what_is_edited_between_plan_and_delivery_is_not_overwritten(desk: Desk) -> None:
    desk.delivered()
    job = desk.planned(**shorter(desk.kept.transcript, 1))
    (desk.folder / "talk.txt").write_text("mine")

    with pytest.raises(Contest):
        desk.outbox.deliver(job)

    assert desk.text("talk.txt") == "mine"
    assert json.loads(desk.text("talk.json"))["speech"]


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a\0b", "\ud800", "x" * 300])
def test_no_name_that_somebody_wrote_into_a_json_ends_anything(desk: Desk, name: str) -> None:
    desk.delivered()
    document = json.loads(desk.text("talk.json"))
    document["outputs"][name] = "of nothing"
    (desk.folder / "talk.json").write_text(json.dumps(document))

    assert desk.delivered(**shorter(desk.kept.transcript, 2))


def test_a_removed_file_is_no_edit(desk: Desk) -> None:
    desk.delivered()
    (desk.folder / "talk.txt").unlink()

    assert desk.delivered()[0] == "talk.txt"


def test_where_nobody_speaks_there_are_no_subtitles(desk: Desk) -> None:
    assert desk.delivered(segments=()) == ["talk.txt", "talk.json"]

    document = json.loads(desk.text("talk.json"))
    assert (desk.text("talk.txt"), document["speech"]) == ("", False)
    assert document["quality"]["reasons"] == ["No speech."]
    assert list(document["outputs"]) == ["talk.txt"]


def test_subtitles_of_an_older_version_go_where_nobody_speaks_any_more(desk: Desk) -> None:
    desk.delivered()

    assert desk.delivered(segments=()) == ["talk.txt", "talk.json"]
    assert sorted(path.name for path in desk.folder.glob("talk*")) == ["talk.json", "talk.txt"]


def test_speech_without_words_is_not_called_silence(desk: Desk) -> None:
    lost = (Span(1.0, 9.0),)

    assert desk.delivered(segments=(), unheard=lost) == ["talk.txt", "talk.json"]
    assert "No speech." not in json.loads(desk.text("talk.json"))["quality"]["reasons"]


def test_a_kept_transcript_is_nobody_else_s(tmp_path: Path, desk: Desk) -> None:
    before = os.umask(0)
    try:
        desk.planned()
    finally:
        os.umask(before)

    assert oct((tmp_path / "kept/1.json").stat().st_mode)[-3:] == "600"


def test_a_translation_is_called_english(tmp_path: Path, delivery: Delivery) -> None:
    desk = Desk(tmp_path, delivery, naming="{stem}.{lang}.{format}")
    desk.kept = replace(desk.kept, options=replace(desk.kept.options, task=Task.TRANSLATE))

    assert desk.delivered(language="es")[1] == "talk.en.srt"
    assert json.loads(desk.text("talk.en.json"))["language"] == "es"
