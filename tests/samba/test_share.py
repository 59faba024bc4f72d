"""Uploads to the share that we recommend, through a real server and a real client."""

import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from support import samba
from support.checker import Drop, violations
from support.clips import clip, digest
from support.daemon import House, wait_until
from support.tools import python_with

pytestmark = pytest.mark.samba
PATIENCE = 60.0
QUIET = 1.0  # seconds
MUCH = 24 << 20  # bytes, more than the client keeps to itself


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    if reason := samba.missing():
        pytest.skip(reason)
    with House(tmp_path, watch={"quiet": f"{QUIET:.0f}s", "grace": "20s"}) as house:
        house.outbox.mkdir()
        house.start()
        wait_until(lambda: bool(house.events("engine.ready")), PATIENCE, house.last_words())
        yield house


@pytest.fixture
def server(house: House) -> Iterator[samba.Server]:
    with samba.Server(house) as server:
        yield server


def each_was_transcribed_once(house: House, drops: Sequence[Drop]) -> bool:
    """Once nothing is left to do."""
    lasting = [drop for drop in drops if not drop.fleeting]
    done = len(lasting)
    wait_until(lambda: len(house.events("job.done")) >= done, PATIENCE, house.last_words())
    time.sleep(QUIET + 1.0)  # in which it would be taken again
    assert len(house.events("job.done")) == done
    assert house.stop() == 0
    assert violations(house, drops, final=True) == []
    return True


def waits_for_the_writer(house: House) -> bool:
    told = [line["reason"] for line in house.events("job.queued") if "reason" in line]
    return set(told) == {"writing"} and not house.events("job.running")


def put(server: samba.Server, place: Path, name: str, content: bytes) -> Drop:
    local = place / "local.wav"
    local.write_bytes(content)
    server.say(f'put {local} "{name}"')
    return Drop(name, digest(content))


def test_an_upload_that_stalls_is_not_taken_as_long_as_the_server_has_it_open(
    house: House, server: samba.Server
) -> None:
    content = clip(tail=2 * MUCH)
    with server.upload("slow.wav") as upload:
        for start in range(0, MUCH, MUCH // 4):
            upload.send(content[start : start + MUCH // 4])
            time.sleep(QUIET / 2)
        stalled = (house.inbox / "slow.wav").stat().st_size
        time.sleep(4 * QUIET)

        assert 0 < stalled < len(content)
        assert waits_for_the_writer(house)
        upload.send(content[MUCH:])

    assert each_was_transcribed_once(house, [Drop("slow.wav", digest(content))])


def test_a_copy_that_reserves_its_whole_size_first_is_waited_for(
    house: House, server: samba.Server, tmp_path: Path
) -> None:
    if not (python := python_with("smbprotocol", "smbprotocol==1.17.0")):
        pytest.skip("smbprotocol cannot be installed")
    content = clip()
    (tmp_path / "local.wav").write_bytes(content)
    copying = server.windows_copy(python, tmp_path / "local.wav", "talk.wav")
    reserved = (house.inbox / "talk.wav").stat().st_size
    time.sleep(4 * QUIET)
    waited = waits_for_the_writer(house)
    copying.finish()

    assert reserved == len(content)
    assert waited
    assert each_was_transcribed_once(house, [Drop("talk.wav", digest(content))])


def test_an_upload_that_is_renamed_is_taken_under_its_last_name(
    house: House, server: samba.Server, tmp_path: Path
) -> None:
    first, second = clip(), clip()
    for number, content in enumerate((first, second)):
        (tmp_path / f"{number}.wav").write_bytes(content)

    server.say(f"put {tmp_path}/0.wav talk.wav.part", "rename talk.wav.part talk.wav")
    server.say(f"put {tmp_path}/1.wav new.wav", 'rename new.wav "the talk of año.wav"')

    drops = [Drop("talk.wav", digest(first)), Drop("the talk of año.wav", digest(second))]
    assert each_was_transcribed_once(house, drops)


def test_many_at_once_by_several_clients_are_all_taken(
    house: House, server: samba.Server, tmp_path: Path
) -> None:
    drops: list[Drop] = []
    for client in range(4):
        folder = tmp_path / "uploads" / f"desk {client}"
        folder.mkdir(parents=True)
        for number in range(10):
            content = clip()
            (folder / f"{number}.wav").write_bytes(content)
            drops.append(Drop(f"desk {client}/{number}.wav", digest(content)))

    uploads = [
        subprocess.Popen(
            server.command(
                f'lcd "{tmp_path}/uploads"', "prompt off", "recurse on", f'mput "desk {client}"'
            ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for client in range(4)
    ]

    assert [upload.wait(PATIENCE) for upload in uploads] == [0] * 4
    assert each_was_transcribed_once(house, drops)


def test_what_is_overwritten_while_it_waits_is_taken_in_its_last_version(
    house: House, server: samba.Server, tmp_path: Path
) -> None:
    versions = [put(server, tmp_path, "talk.wav", clip(tail=size)) for size in (900, 50, 7)]

    *earlier, last = versions
    drops = [Drop(drop.name, drop.sha256, fleeting=True) for drop in earlier]
    assert each_was_transcribed_once(house, [*drops, last])


def test_an_empty_file_is_waited_for_until_its_content_comes(
    house: House, server: samba.Server, tmp_path: Path
) -> None:
    put(server, tmp_path, "talk.wav", b"")
    time.sleep(3 * QUIET)
    drop = put(server, tmp_path, "talk.wav", clip())

    assert each_was_transcribed_once(house, [drop])
    assert not list(house.quarantine.glob("*.report.txt"))


def test_an_upload_that_broke_off_may_be_repeated(
    house: House, server: samba.Server, tmp_path: Path
) -> None:
    content = clip(tail=2 * MUCH)
    with server.upload("talk.wav") as upload:
        upload.send(content[:MUCH])
        there = house.inbox / "talk.wav"
        wait_until(lambda: there.exists() and there.stat().st_size > 0, PATIENCE, "a part came")
        upload.break_off()
    time.sleep(QUIET / 2)
    drop = put(server, tmp_path, "talk.wav", content)

    assert each_was_transcribed_once(house, [drop])


def test_transcripts_can_be_fetched_and_nothing_else_is_shown(
    house: House, server: samba.Server, tmp_path: Path
) -> None:
    put(server, tmp_path, "talk.wav", clip())
    wait_until(lambda: bool(house.events("job.done")), PATIENCE, house.last_words())

    server.say(f"lcd {tmp_path}", "get talk.txt", share="transcripts")
    shown = server.say("ls", share="transcripts")
    assert (tmp_path / "talk.txt").read_bytes() == (house.outbox / "talk.txt").read_bytes()
    assert ".transcribid" not in shown


def test_the_shares_are_what_samba_understands(house: House, server: samba.Server) -> None:
    checker = shutil.which("testparm")
    assert checker
    told = subprocess.run(
        [checker, "--suppress-prompt", server.configuration],
        capture_output=True,
        text=True,
        check=True,
    )

    assert "Unknown parameter" not in told.stderr
    assert f"path = {house.inbox}" in told.stdout
