"""Recordings that come over HTTP are in the inbox whole, or not at all."""

import contextlib
import os
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from api.serving import PATIENCE, Serve, Served
from support.clips import clip
from support.daemon import wait_until
from transcribid.web import upload_cleanup

GIB = 1 << 30


def files_of(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def put(http: httpx.Client, name: str, content: bytes | None = None) -> httpx.Response:
    return http.put(f"/inbox/{quote(name, safe='')}", content=content or clip())


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("talk one.wav", "talk one.wav"),
        ("charla ñandú 日本 🎙.wav", "charla ñandú 日本 🎙.wav"),
        ("../../up.wav", "up.wav"),
        ("a/b/deep.wav", "deep.wav"),
        ("C:\\talks\\dos.wav", "dos.wav"),
        (".hidden.wav", "hidden.wav"),
        ("~$word.wav", "word.wav"),
        ("hundred%20.wav", "hundred%20.wav"),
        ("partial.mp3.part", "partial.mp3.part.audio"),
        ("-rf.wav", "-rf.wav"),
        ("config.yaml", "config.yaml.audio"),
    ],
)
def test_an_upload_gets_the_name_that_is_safe(
    daemon: Served, http: httpx.Client, paused: None, name: str, expected: str
) -> None:
    answer = put(http, name)

    assert answer.status_code == 200, answer.text
    assert answer.json()["name"] == expected
    assert (daemon.house.inbox / expected).is_file()
    http.post(f"/jobs/{answer.json()['job']}/cancel").raise_for_status()
    (daemon.house.inbox / expected).unlink()


@pytest.mark.parametrize("name", ["x" * 296 + ".wav", "é" * 150 + ".wav", "a." + "x" * 300])
def test_a_very_long_name_is_cut(
    daemon: Served, http: httpx.Client, paused: None, name: str
) -> None:
    answer = put(http, name)

    assert answer.status_code == 200, answer.text
    placed = answer.json()["name"]
    assert len(os.fsencode(placed)) <= 255
    http.post(f"/jobs/{answer.json()['job']}/cancel").raise_for_status()
    (daemon.house.inbox / placed).unlink()


def test_no_name_at_all_is_no_upload(http: httpx.Client) -> None:
    assert http.put("/inbox/", content=clip()).status_code in (200, 404, 405)
    assert http.put("/inbox", content=clip()).status_code in (404, 405, 413)


def test_the_same_name_twice_makes_two_recordings(
    daemon: Served, http: httpx.Client, paused: None
) -> None:
    names = [put(http, "twice.wav").json()["name"] for _ in range(2)]

    assert names == ["twice.wav", "twice (2).wav"]


def test_an_upload_that_breaks_off_leaves_nothing(daemon: Served, http: httpx.Client) -> None:
    with socket.create_connection(("127.0.0.1", daemon.port)) as connection:
        connection.sendall(
            b"PUT /inbox/broken.wav HTTP/1.1\r\nHost: localhost\r\n"
            b"Content-Length: 90000\r\n\r\n" + bytes(50_000)
        )
        wait_until(lambda: _coming(daemon) == 1, PATIENCE, "an upload that has begun")
    wait_until(lambda: _coming(daemon) == 0, PATIENCE, "nothing of it")

    assert not [name for name in files_of(daemon.house.inbox) if "broken" in name]
    assert http.get("/healthz").status_code == 200


def _coming(daemon: Served) -> int:
    return len(list(daemon.house.inbox.glob(".upload-*")))


def test_too_much_is_refused_before_it_is_read(daemon: Served) -> None:
    with socket.create_connection(("127.0.0.1", daemon.port)) as connection:
        connection.sendall(
            b"PUT /inbox/large.wav HTTP/1.1\r\nHost: localhost\r\n"
            b"Content-Length: %d\r\n\r\n" % GIB
        )
        answer = connection.recv(65536)
        sent = _sent_until_closed(connection, GIB)

    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"body may have at most" in answer or sent < GIB
    assert sent < GIB // 10, "it read on after its answer"


def test_too_much_in_pieces_is_refused_when_it_is_too_much(daemon: Served) -> None:
    with socket.create_connection(("127.0.0.1", daemon.port)) as connection:
        connection.sendall(
            b"PUT /inbox/large.wav HTTP/1.1\r\nHost: localhost\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n"
        )
        sent = _sent_until_closed(connection, GIB, b"100000\r\n" + bytes(1 << 20) + b"\r\n")

    assert sent < 64 << 20
    wait_until(lambda: _coming(daemon) == 0, PATIENCE, "nothing of it")
    assert "large.wav" not in files_of(daemon.house.inbox)


def test_a_client_that_sends_on_still_reads_why_it_was_refused(daemon: Served) -> None:
    for _ in range(10):
        with daemon.client() as http:
            answer = http.put("/inbox/large.wav", content=bytes(32 << 20))
            assert answer.status_code == 413
            assert "body may have at most" in answer.json()["detail"]


def test_a_small_answer_is_enough_for_other_bodies(http: httpx.Client) -> None:
    answer = http.post(
        "/transcribe", content=bytes(1 << 20), headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 413

    def pieces() -> Iterator[bytes]:
        for _ in range(64):
            yield b" " * 4096

    answer = http.post(
        "/transcribe", content=pieces(), headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 413, answer.text


def _sent_until_closed(
    connection: socket.socket, most: int, block: bytes = bytes(1 << 20)
) -> int:
    sent = 0
    connection.settimeout(PATIENCE)
    with contextlib.suppress(ConnectionError):
        while sent < most:
            connection.sendall(block)
            sent += len(block)
    return sent


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting needs root")
def test_a_full_disk_is_said_and_leaves_nothing(serve: Serve) -> None:
    it = serve(web={"max_upload": "64MiB"})
    inbox = it.house.inbox
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", inbox], check=False
    )
    if mounted.returncode:
        pytest.skip("mounting is not allowed here")
    try:
        it.begin()
        with it.client() as http:
            for content in (bytes(16 << 20), clip(tail=6 << 20)):
                answer = http.put("/inbox/large.wav", content=content)
                assert answer.status_code == 507, answer.text
                assert "No space left" in answer.json()["detail"]
                form = http.post(
                    "/v1/audio/transcriptions", files={"file": ("large.wav", content)}
                )
                assert form.status_code == 507, form.text
            wait_until(lambda: files_of(inbox) == [".transcribid"], PATIENCE, "an empty inbox")
            (inbox / "rest").write_bytes(bytes(4 << 20)[: _free(inbox)])
            assert http.put("/inbox/small.wav", content=clip()).status_code == 507
            (inbox / "rest").unlink()
            assert http.put("/inbox/small.wav", content=clip()).status_code == 200
        assert it.house.stop() == 0
    finally:
        subprocess.run(["umount", "-l", inbox], check=True)


@pytest.mark.api
@pytest.mark.skipif(os.geteuid() != 0, reason="mounting needs root")
def test_an_upload_ends_before_it_takes_the_room_that_has_to_be_left(serve: Serve) -> None:
    it = serve(web={"max_upload": "1GiB"}, limits={"min_free_disk": "100MiB"})
    inbox = it.house.inbox
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=300m", "tmpfs", inbox], check=False
    )
    if mounted.returncode:
        pytest.skip("mounting is not allowed here")
    try:
        it.begin()
        with it.client() as http:
            answer = http.put("/inbox/large.wav", content=bytes(280 << 20))
        assert answer.status_code == 507, answer.text
        assert "limits.min_free_disk" in answer.json()["detail"]
        wait_until(lambda: files_of(inbox) == [".transcribid"], PATIENCE, "an empty inbox")
        assert it.house.stop() == 0
    finally:
        subprocess.run(["umount", "-l", inbox], check=True)


def _free(folder: Path) -> int:
    found = os.statvfs(folder)
    return found.f_bavail * found.f_bsize


def test_a_recording_is_not_withdrawn_for_an_older_one_of_its_name(serve: Serve) -> None:
    """The older one left the inbox too, and that is noticed only later."""
    daemon = serve()
    daemon.house.configure(watch={"method": "polling", "rescan": "1s"})
    daemon.begin()
    with daemon.client() as http:
        http.post("/pause").raise_for_status()
        put(http, "same.wav")
        daemon.house.drop("before.wav", clip())
        wait_until(lambda: len(http.get("/jobs").json()) == 2, PATIENCE, "a look at both")
        http.post("/resume").raise_for_status()
        wait_until(lambda: not http.get("/jobs").json(), PATIENCE, "the first is done")
        http.post("/pause").raise_for_status()
        job = put(http, "same.wav").json()["job"]
        daemon.house.drop("after.wav", clip())
        wait_until(lambda: len(http.get("/jobs").json()) == 2, PATIENCE, "another look")

        assert http.get(f"/jobs/{job}").json()["state"] == "queued"


def test_where_too_little_room_is_left_no_upload_begins(serve: Serve) -> None:
    it = serve(limits={"min_free_disk": "1000TiB"}).begin()
    with it.client() as http:
        answers = [
            http.put("/inbox/talk.wav", content=clip()),
            http.post("/v1/audio/transcriptions", files={"file": ("talk.wav", clip())}),
            http.post("/asr?encode=false", files={"audio_file": ("talk.wav", clip())}),
        ]

    assert [answer.status_code for answer in answers] == [507, 507, 507]
    assert all("limits.min_free_disk" in answer.json()["detail"] for answer in answers)
    assert files_of(it.house.inbox) == [".transcribid"]


def test_what_killed_uploads_left_is_removed_and_nothing_else(serve: Serve) -> None:
    it = serve()
    inbox = it.house.inbox
    (inbox / "uploads").mkdir()
    left = [inbox / ".upload-abcd_123.part", inbox / "uploads" / ".upload-efgh4567.part"]
    others = [inbox / ".upload-short.part", inbox / ".upload-abcd_123.part.wav"]
    for path in (*left, *others):
        path.write_bytes(b"half a recording")
    link, folder = inbox / ".upload-linklink.part", inbox / ".upload-foldfold.part"
    link.symlink_to(others[0])
    folder.mkdir()

    it.begin()

    assert not [path for path in left if path.exists()]
    assert [path.read_bytes() for path in others] == [b"half a recording"] * 2
    assert link.is_symlink()
    assert folder.is_dir()
    assert [line["count"] for line in it.house.events("uploads.removed")] == [1, 1]


def test_no_link_leads_an_upload_out_of_the_inbox(serve: Serve, tmp_path: Path) -> None:
    it = serve()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / ".upload-efgh4567.part").touch()
    (it.house.inbox / "uploads").symlink_to(elsewhere)
    it.begin()
    with it.client() as http:
        answer = http.post("/v1/audio/transcriptions", files={"file": ("talk.wav", clip())})

    assert answer.status_code == 507
    assert "leads out of the inbox" in answer.json()["detail"]
    assert files_of(elsewhere) == [".upload-efgh4567.part"]


def test_a_part_of_a_recording_is_no_recording(daemon: Served, http: httpx.Client) -> None:
    headers = {"Content-Range": "bytes 100-199/200"}
    answer = http.put("/inbox/rest.wav", content=bytes(100), headers=headers)

    assert answer.status_code == 400
    assert "Content-Range" in answer.json()["detail"]
    assert "rest.wav" not in files_of(daemon.house.inbox)


def test_an_upload_with_invalid_options_leaves_nothing_behind(
    daemon: Served, http: httpx.Client
) -> None:
    answer = http.put("/inbox/impossible.wav?language=klingon", content=clip())

    assert answer.status_code == 422
    assert "klingon" in answer.json()["detail"]
    assert not list(daemon.house.inbox.glob("*impossible*"))


def test_of_two_recordings_with_the_same_bytes_each_has_its_own_transcript(
    http: httpx.Client,
) -> None:
    content, languages = clip(), ("en", "es")
    http.post("/pause").raise_for_status()
    placed = [
        http.put(f"/inbox/same.wav?language={each}", content=content).json()
        for each in languages
    ]
    http.post("/resume").raise_for_status()
    wait_until(lambda: not http.get("/jobs").json(), PATIENCE, "all jobs ended")

    told = [http.get(f"/jobs/{each['job']}/transcript").json() for each in placed]

    assert [each["name"] for each in placed] == ["same.wav", "same (2).wav"]
    assert [each["source"]["name"] for each in told] == ["same.wav", "same (2).wav"]
    assert [each["language"] for each in told] == list(languages)
    assert told[0]["source"]["sha256"] == told[1]["source"]["sha256"]


def test_an_inbox_that_is_a_link_is_tidied_too(tmp_path: Path) -> None:
    share, inbox = tmp_path / "share", tmp_path / "inbox"
    share.mkdir()
    inbox.symlink_to(share)
    (share / ".upload-abcd_123.part").touch()

    upload_cleanup.clear(inbox)

    assert not list(share.iterdir())
