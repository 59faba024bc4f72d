"""When outputs in the outbox are believed, so that a recording is not heard again."""

import json
import queue
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from support.clips import digest
from transcribid.domain.job import Source
from transcribid.domain.options import Options
from transcribid.domain.settle import Entry
from transcribid.outputs.verbose_json import SCHEMA
from transcribid.storage.recognition import Compared, ComparisonThreads, Recognition

SOUND = b"RIFF and so on"
OPTIONS = Options(language="es")


class Desk:
    """An inbox, an outbox, and the answers."""

    def __init__(self, root: Path, naming: str = "{stem}.{format}") -> None:
        self.inbox, self.outbox = root / "inbox", root / "outbox"
        for folder in (self.inbox, self.outbox):
            folder.mkdir()
        self._said: queue.SimpleQueue[Compared] = queue.SimpleQueue()
        self.threads = ComparisonThreads(self._said.put)
        self.options = OPTIONS
        self._naming = naming

    def drop(self, name: str = "talk.mp3", content: bytes = SOUND) -> Entry:
        path = self.inbox / name
        path.write_bytes(content)
        facts = path.stat()
        source = Source(name, facts.st_size, facts.st_mtime_ns)
        return Entry(source, (facts.st_dev, facts.st_ino, facts.st_ctime_ns, 0))

    def deliver(self, base: str = "talk", name: str = "talk.mp3", **changes: object) -> None:
        siblings = [f"{base}.txt", f"{base}.srt"]
        for sibling in siblings:
            (self.outbox / sibling).write_text("words")
        told: dict[str, Any] = {
            "schema": SCHEMA,
            "source": {"name": name, "size": len(SOUND), "sha256": digest(SOUND)},
            "engine": {"model": "base"},
            "options": asdict(OPTIONS),
            "quality": {"verdict": "review", "reasons": ["A doubt."]},
            "outputs": dict.fromkeys(siblings, "hash"),
        }
        (self.outbox / f"{base}.json").write_text(json.dumps(told | changes))

    def compared(self, *entries: Entry) -> Compared:
        recognition = Recognition(
            self.inbox, self.outbox, self._naming, "base", lambda _: self.options, self.threads
        )
        recognition.begin(entries)
        return self._said.get(timeout=30)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    desk.threads.close()


def base_of(answer: Compared) -> str | None:
    return answer.known.plan.base if answer.known else None


def test_a_recording_whose_outputs_lie_there_is_known(desk: Desk) -> None:
    desk.deliver()
    entry = desk.drop()

    answer = desk.compared(entry)

    assert answer.entries == (entry,)
    assert answer.known
    assert answer.known.plan.base == "talk"
    assert answer.known.quality == "review: A doubt."
    assert answer.known.copy.sha256 == digest(SOUND)
    assert answer.known.copy.inode == entry.identity[1]


@pytest.mark.parametrize(
    ("base", "name"),
    [
        ("talk.mp3", "talk.mp3"),
        ("talk.mp3 (2)", "talk.mp3"),
        ("Meeting 12.30", "Meeting 12.30"),
        ("Meeting 12", "Meeting 12.30"),
    ],
)
def test_a_set_is_found_under_each_name_that_it_may_have(
    desk: Desk, base: str, name: str
) -> None:
    desk.deliver(base, name)
    if base == "talk.mp3 (2)":
        desk.deliver("talk.mp3", "another.mp3")

    assert base_of(desk.compared(desk.drop(name))) == base


def test_a_name_with_a_language_in_it_is_found(tmp_path: Path) -> None:
    desk = Desk(tmp_path, "{stem}.{lang}.{format}")
    desk.deliver("talk.es")

    assert base_of(desk.compared(desk.drop())) == "talk"
    desk.threads.close()


def test_an_edited_sibling_is_as_good(desk: Desk) -> None:
    desk.deliver()
    (desk.outbox / "talk.srt").write_text("corrected by hand")

    assert base_of(desk.compared(desk.drop())) == "talk"


def test_an_option_that_is_newer_than_the_outputs_counts_as_its_default(desk: Desk) -> None:
    older = asdict(OPTIONS)
    del older["hotwords"]
    desk.deliver(options=older)

    assert base_of(desk.compared(desk.drop())) == "talk"
    desk.options = replace(OPTIONS, hotwords="Ada")
    assert base_of(desk.compared(desk.drop())) is None


def without_a_sibling(desk: Desk) -> None:
    desk.deliver()
    (desk.outbox / "talk.srt").unlink()


def too_long(desk: Desk) -> None:
    desk.deliver()
    with (desk.outbox / "talk.json").open("ab") as marker:
        marker.truncate((64 << 20) + 1)


DOUBTFUL: dict[str, Callable[[Desk], object]] = {
    "nothing": lambda desk: None,
    "another recording": lambda desk: desk.deliver(name="other.mp3"),
    "another model": lambda desk: desk.deliver(engine={"model": "tiny"}),
    "other options": lambda desk: desk.deliver(options=asdict(Options(language="en"))),
    "another format": lambda desk: desk.deliver(
        options=asdict(replace(OPTIONS, formats=("vtt", "json")))
    ),
    "other bytes": lambda desk: desk.deliver(
        source={"name": "talk.mp3", "size": len(SOUND), "sha256": digest(b"other bytes")}
    ),
    "another schema": lambda desk: desk.deliver(schema=SCHEMA + 1),
    "a sibling elsewhere": lambda desk: desk.deliver(outputs={"../inbox/talk.mp3": "hash"}),
    "no verdict": lambda desk: desk.deliver(quality={}),
    "no object": lambda desk: (desk.outbox / "talk.json").write_text("[]"),
    "nonsense": lambda desk: (desk.outbox / "talk.json").write_text("{" * 99_999),
    "a missing sibling": without_a_sibling,
    "a JSON beyond 64 MiB": too_long,
}


@pytest.mark.parametrize("doubt", DOUBTFUL)
def test_whatever_is_doubtful_is_transcribed(desk: Desk, doubt: str) -> None:
    DOUBTFUL[doubt](desk)
    entry = desk.drop()

    assert desk.compared(entry) == Compared((entry,), None)


def test_another_version_than_the_one_that_was_seen_is_not_known(desk: Desk) -> None:
    desk.deliver()
    entry = desk.drop()
    seen = replace(entry, source=replace(entry.source, mtime_ns=1))

    assert desk.compared(seen).known is None


def test_what_is_new_is_answered_at_once_and_together(desk: Desk) -> None:
    new = tuple(desk.drop(f"new-{number}.mp3") for number in range(3))

    assert desk.compared(*new) == Compared(new, None)
