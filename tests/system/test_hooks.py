"""Others are told what happened, by the real daemon, whatever dies."""

import json
import stat
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from support.clips import clip
from support.daemon import House, wait_until
from transcribid.hooks.address import signature
from transcribid.web.address import reachable

pytestmark = pytest.mark.slow

PATIENCE = 60.0
SECRET = "a-secret-of-the-hooks"


@dataclass
class Listener:
    """A web server that notes what it is told."""

    port: int = 0  # 0: any
    slow: float = 0.0  # seconds until it answers
    status: int = 200
    came: list[tuple[Message, bytes]] = field(default_factory=list[tuple[Message, bytes]])

    @contextmanager
    def listening(self) -> Generator[str]:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.came.append((self.headers, body))
                time.sleep(outer.slow)
                self.send_response(outer.status)
                self.end_headers()

            def log_message(self, *_: object) -> None:  # type: ignore[override]
                return

        ThreadingHTTPServer.daemon_threads = True
        with ThreadingHTTPServer(("127.0.0.1", self.port), Handler) as server:
            server.block_on_close = False
            self.port = server.server_port
            threading.Thread(target=server.serve_forever, daemon=True).start()
            yield f"http://127.0.0.1:{self.port}/services/PATH-SECRET"
            server.shutdown()

    @property
    def facts(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.came]

    def names(self) -> list[str]:
        return [told["name"] for told in self.facts]


def house_with(root: Path, **hooks: object) -> House:
    return House(root, watch={"quiet": "200ms"}, hooks=hooks)


def ready(house: House) -> None:
    house.start()
    wait_until(lambda: bool(house.events("engine.ready")), PATIENCE, house.last_words())


def script(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(("#!/bin/sh", *lines, "")))
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def no_secret_in_the_log(house: House) -> None:
    said = (house.root / "log").read_text()
    assert SECRET not in said
    assert "PATH-SECRET" not in said


def test_what_happens_is_told_once_signed_and_with_its_facts(tmp_path: Path) -> None:
    listener = Listener()
    with listener.listening() as url, house_with(tmp_path, urls=[url], secret=SECRET) as house:
        ready(house)
        house.drop("a/good.wav", clip())
        house.drop("bad.mp3", b"no recording " * 50)
        wait_until(lambda: len(listener.came) == 2, PATIENCE, house.last_words())
        assert house.stop() == 0

        told = {each["event"]: each for each in listener.facts}
        assert told["done"]["outputs"] == ["a/good.txt", "a/good.srt", "a/good.json"]
        assert told["done"]["language"] == "en"
        assert told["done"]["duration"] == pytest.approx(3.8, abs=0.5)
        assert told["quarantined"]["name"] == "bad.mp3"
        assert "not a recording" in told["quarantined"]["reason"]
        headers, body = listener.came[0]
        moment = headers["X-Transcribid-Timestamp"]
        assert headers["X-Transcribid-Signature"] == signature(SECRET, moment, body)
        assert headers["X-Transcribid-Id"] == json.loads(body)["id"]
        no_secret_in_the_log(house)

        house.start()
        wait_until(lambda: len(house.events("engine.ready")) == 2, PATIENCE)
        assert house.stop() == 0
        assert len(listener.came) == 2


@pytest.mark.chaos
def test_what_a_target_missed_is_told_when_it_is_back(tmp_path: Path) -> None:
    listener = Listener()
    with listener.listening() as url:
        pass
    with house_with(tmp_path, urls=[url]) as house:
        ready(house)
        for number in (1, 2):
            house.drop(f"{number}.wav", clip())
            wait_until((house.outbox / f"{number}.json").exists, PATIENCE)
        wait_until(lambda: bool(house.events("hook.refused")), PATIENCE, house.last_words())
        assert not listener.came
        with listener.listening():
            wait_until(lambda: len(listener.came) == 2, PATIENCE, house.last_words())
            assert listener.names() == ["1.wav", "2.wav"]
            assert house.stop() == 0


def test_a_killed_daemon_tells_it_after_its_restart_under_the_same_number(
    tmp_path: Path,
) -> None:
    listener = Listener(slow=3600.0)
    with listener.listening() as url, house_with(tmp_path, urls=[url]) as house:
        ready(house)
        house.drop("talk.wav", clip())
        wait_until(lambda: len(listener.came) == 1, PATIENCE, house.last_words())
        house.kill()
        listener.slow = 0.0
        house.start()
        wait_until(lambda: len(listener.came) == 2, PATIENCE, house.last_words())

        first, second = listener.came
        assert first[1] == second[1]
        assert first[0]["X-Transcribid-Id"] == second[0]["X-Transcribid-Id"]
        wait_until(lambda: bool(house.events("hook.told")), PATIENCE)
        assert house.stop() == 0


@pytest.mark.chaos
def test_a_slow_target_holds_up_neither_the_queue_nor_the_others(tmp_path: Path) -> None:
    slow, quick = Listener(slow=3600.0), Listener()
    with (
        slow.listening() as one,
        quick.listening() as two,
        house_with(tmp_path, urls=[one, two]) as house,
    ):
        ready(house)
        for number in range(8):
            house.drop(f"{number}.wav", clip())
        wait_until(lambda: len(quick.came) == 8, PATIENCE, house.last_words())

        assert set(slow.names()) == {quick.names()[0]}
        assert house.stop() == 0


def test_a_pause_and_a_broken_engine_are_told(tmp_path: Path) -> None:
    listener = Listener()
    with (
        listener.listening() as url,
        house_with(tmp_path, urls=[url], on=["paused", "broken"]) as house,
    ):
        (tmp_path / "sabotage").write_text("all abort\n")
        house.start()
        wait_until(lambda: bool(listener.came), PATIENCE, house.last_words())

        assert listener.facts[0]["event"] == "broken"
        assert listener.facts[0]["reason"]
        with (
            reachable(house.state) as address,
            httpx.Client(transport=httpx.HTTPTransport(uds=address)) as http,
        ):
            http.post("http://localhost/pause").raise_for_status()
        wait_until(lambda: len(listener.came) == 2, PATIENCE, house.last_words())
        assert listener.facts[1]["event"] == "paused"
        assert house.stop() == 0


def test_a_command_is_told_and_its_failure_is_logged_and_tried_again(tmp_path: Path) -> None:
    told = tmp_path / "told"
    once = f'[ -e "{tmp_path}/tried" ] || {{ touch "{tmp_path}/tried"; echo no >&2; exit 9; }}'
    program = script(
        tmp_path / "hook", once, f'{{ cat; echo; echo "$TRANSCRIBID_OUTPUT"; }} > "{told}"'
    )
    with house_with(tmp_path, command=[str(program), "word"]) as house:
        ready(house)
        house.drop("talk.wav", clip())
        wait_until(told.exists, PATIENCE, house.last_words())
        wait_until(lambda: bool(house.events("hook.told")), PATIENCE, house.last_words())

        facts, output = told.read_text().splitlines()
        assert json.loads(facts)["event"] == "done"
        assert output == "talk.txt"
        (refused,) = house.events("hook.refused")
        assert refused["message"] == "It exited with 9: no"
        assert house.stop() == 0


def test_a_hanging_command_is_ended_and_the_queue_goes_on(tmp_path: Path) -> None:
    program = script(tmp_path / "hook", "sleep 3600")
    with house_with(tmp_path, command=str(program), timeout="500ms") as house:
        ready(house)
        for number in (1, 2):
            house.drop(f"{number}.wav", clip())
            wait_until((house.outbox / f"{number}.json").exists, PATIENCE)
        wait_until(lambda: bool(house.events("hook.refused")), PATIENCE, house.last_words())

        assert "did not finish" in house.events("hook.refused")[0]["message"]
        assert house.stop() == 0


def test_once_tells_before_it_ends(tmp_path: Path) -> None:
    listener = Listener()
    with listener.listening() as url, house_with(tmp_path, urls=[url]) as house:
        house.drop("talk.wav", clip())
        assert house.once() == 0
        assert listener.names() == ["talk.wav"]
        assert house.once() == 0
        assert listener.names() == ["talk.wav"]


def test_hooks_change_with_a_reload(tmp_path: Path) -> None:
    listener = Listener()
    with listener.listening() as url, house_with(tmp_path) as house:
        ready(house)
        house.configure(hooks={"urls": [url]})
        house.reload()
        wait_until(lambda: bool(house.events("config.applied")), PATIENCE)
        house.drop("talk.wav", clip())
        wait_until(lambda: bool(listener.came), PATIENCE, house.last_words())

        house.configure(hooks={"secret_file": str(tmp_path / "missing")})
        house.reload()
        wait_until(lambda: bool(house.events("config.refused")), PATIENCE)
        assert house.stop() == 0
