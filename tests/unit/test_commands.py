"""What a person may ask is carried out, or declined with a sentence."""

import os
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from queue import SimpleQueue

import pytest

from support.inline import InlineExecutor
from support.powered import House, engine
from transcribid.domain.job import JobId, State
from transcribid.ledger import Ledger
from transcribid.service.commands import Commands
from transcribid.service.dispatcher import Dispatcher
from transcribid.service.intake import Intake
from transcribid.service.mailbox import Command, Declined, Returned, Verb
from transcribid.service.page_settings import PageSettings
from transcribid.service.parts import Parts

NOBODY = 65534


class Obeyed:
    """As the loop does it: what is answered later is waited for."""

    def __init__(self, state: Path, parts: Parts, dispatcher: Dispatcher) -> None:
        self._returned: SimpleQueue[Returned] = SimpleQueue()
        intake = Intake(parts, dispatcher)
        settings = PageSettings(state, parts, list)
        self._commands = Commands(parts, dispatcher, intake, settings, self._returned.put)

    def obey(self, command: Command) -> str:
        answer = self._commands.execute(command)
        return answer or self._commands.finish_retry(self._returned.get(timeout=60))


@contextmanager
def shut(folder: Path) -> Generator[None]:
    """Nobody may look into it, not even we."""
    folder.chmod(0)
    root = os.geteuid() == 0
    try:
        if root:
            os.seteuid(NOBODY)
        yield
    finally:
        if root:
            os.seteuid(0)
        folder.chmod(0o700)


@pytest.fixture
def house(tmp_path: Path) -> House:
    house = House(tmp_path / "house")
    house.drop("folder/talk.wav", b"talk")
    return house


@pytest.fixture
def ledger(house: House) -> Generator[Ledger]:
    ledger = Ledger(house.root / "state" / "ledger.sqlite3")
    yield ledger
    ledger.close()


@pytest.fixture
def commands(house: House, ledger: Ledger) -> Generator[Obeyed]:
    rules = house.rules(lambda: 0.0)
    parts = house.parts(ledger, rules, SimpleQueue[object](), InlineExecutor(engine()))
    dispatcher = Dispatcher(parts)
    yield Obeyed(house.root / "state", parts, dispatcher)
    parts.staging.close()


def declined(commands: Obeyed, name: str) -> str:
    with pytest.raises(Declined) as refusal:
        commands.obey(Command(Verb.SUBMIT, name=name))
    return str(refusal.value)


@pytest.mark.parametrize(
    "name", ["missing.wav", "folder", "folder/talk.wav/below", "x" * 300, "x/" * 3000]
)
def test_what_the_inbox_does_not_have_is_declined(commands: Obeyed, name: str) -> None:
    assert "the inbox" in declined(commands, name)


def test_what_the_inbox_does_not_let_us_see_is_declined(house: House, commands: Obeyed) -> None:
    with shut(house.root / "inbox" / "folder"):
        assert declined(commands, "folder/talk.wav") == (
            "Cannot read folder/talk.wav in the inbox: Permission denied."
        )
    assert commands.obey(Command(Verb.SUBMIT, name="folder/talk.wav")) == "1"


@pytest.mark.parametrize(
    ("name", "why"),
    [
        (".transcribid", "it belongs to the daemon"),
        ("folder/talk.wav.yaml", "it holds options"),
        ("uploads/.upload-1.part", "unfinished transfer"),
        (".hidden/talk.wav", "it is hidden"),
    ],
)
def test_what_is_no_recording_by_its_name_is_declined(
    house: House, commands: Obeyed, ledger: Ledger, name: str, why: str
) -> None:
    house.drop(name, b"ours")

    said = declined(commands, name)

    assert said.startswith(f"{name} is skipped: ")
    assert why in said
    assert not ledger.unfinished()


def test_an_inbox_that_refuses_what_comes_back_ends_nothing(
    house: House, commands: Obeyed, ledger: Ledger
) -> None:
    job = JobId(int(commands.obey(Command(Verb.SUBMIT, name="folder/talk.wav"))))
    quarantined = replace(ledger.get(job), state=State.QUARANTINED)
    ledger.save(quarantined, event="Quarantined", at=0.0)
    place, folder = house.root / "quarantine" / "folder", house.root / "inbox" / "folder"
    place.mkdir()
    (folder / "talk.wav").rename(place / "talk.wav")
    retry = Command(Verb.RETRY, job)

    with (
        shut(folder),
        pytest.raises(Declined, match=r"back into the inbox: Permission denied\."),
    ):
        commands.obey(retry)
    with shut(folder):
        assert commands.obey(Command(Verb.RETRY_ALL)) == (
            "0 recordings requeued. 1 not requeued:"
            " Cannot move folder/talk.wav back into the inbox: Permission denied."
        )
    folder.rmdir()
    folder.write_bytes(b"a file")
    with pytest.raises(Declined, match="a file is in place of its folder"):
        commands.obey(retry)
    folder.unlink()
    assert commands.obey(retry) == "folder/talk.wav was requeued."


def test_who_asks_again_for_the_same_gets_the_same_job(commands: Obeyed) -> None:
    def asked(overrides: str) -> str:
        command = Command(Verb.SUBMIT, name="folder/talk.wav", overrides=overrides)
        return commands.obey(command)

    english = '{"language": "en"}'

    assert [asked(each) for each in ("", "", english, english, "")] == [*"11222"]


def test_what_is_just_being_delivered_is_not_begun_anew(
    commands: Obeyed, ledger: Ledger
) -> None:
    command = Command(Verb.SUBMIT, name="folder/talk.wav")
    job = JobId(int(commands.obey(command)))
    delivering = replace(ledger.get(job), state=State.DELIVERING)
    ledger.save(delivering, event="Transcribed", at=0.0)

    with pytest.raises(Declined, match="try again in a moment"):
        commands.obey(replace(command, overrides='{"language": "en"}'))
