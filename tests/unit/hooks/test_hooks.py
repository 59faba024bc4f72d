"""Couriers with targets that refuse, and what is sent."""

import json
import logging
import os
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from support.daemon import wait_until
from transcribid.config import Config
from transcribid.domain.job import Failure, FailureKind, Job, JobId, Plan, Source, State
from transcribid.domain.news import Draft, News, Notice, Occasion, of_failure, of_transcript
from transcribid.domain.transcript import Audio, Performer, Segment, Transcript
from transcribid.hooks import Hooks, building, courier
from transcribid.hooks.address import Address, signature
from transcribid.hooks.command import CommandTarget, environment
from transcribid.hooks.courier import NotDelivered, delay
from transcribid.hooks.messenger import Messenger
from transcribid.ledger import Ledger

FACTS = json.dumps(
    {"id": "k", "event": "done", "reason": "", "message": "m", "outputs": ["a/b"]}
    | dict.fromkeys(("job", "name", "verdict", "language", "duration", "time", "host"), None)
)
PATIENCE = 60.0  # seconds
NOTICE = Notice(1, "target", "k", FACTS, 0.0)


@dataclass
class Listener:
    key: str
    refuses: int = 0  # times
    label: str = "listener"
    sent: list[str] = field(default_factory=list[str])

    def send(self, notice: Notice) -> None:
        if self.refuses:
            self.refuses -= 1
            raise NotDelivered("not now")
        self.sent.append(notice.facts)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    ledger = Ledger(tmp_path / "ledger.sqlite3")
    yield ledger
    ledger.close()


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(courier, "_MIN_DELAY", 0.01)


def hooks(ledger: Ledger, *targets: Listener, done: list[int] | None = None) -> Hooks:
    sent = done if done is not None else []
    return Hooks(targets, set(Occasion), ledger.notice, sent.append)


def announced(ledger: Ledger, target: str, *facts: str, since: float | None = None) -> None:
    at = time.time() if since is None else since
    ledger.announce([Draft(target, each, each) for each in facts], at=at)


def wait_for(sent: list[str], count: int) -> None:
    wait_until(lambda: len(sent) >= count, PATIENCE)


def test_everything_is_told_in_order_however_often_it_is_refused(
    ledger: Ledger, hasty: None
) -> None:
    listener, done = Listener("a", refuses=3), list[int]()
    telling = hooks(ledger, listener, done=done)
    announced(ledger, "a", "one", "two")
    telling.start()
    announced(ledger, "a", "three")
    telling.wake()

    wait_for(listener.sent, 3)
    telling.close(PATIENCE)
    assert listener.sent == ["one", "two", "three"]
    assert done == [1, 2, 3]


def test_a_dead_target_holds_up_no_other(ledger: Ledger) -> None:
    dead, alive = Listener("dead", refuses=10**6), Listener("alive")
    telling = hooks(ledger, dead, alive)
    announced(ledger, "dead", "one")
    announced(ledger, "alive", "one", "two")
    telling.start()

    wait_until(lambda: dead.refuses < 10**6, PATIENCE)
    wait_for(alive.sent, 2)
    telling.close(PATIENCE)
    assert alive.sent == ["one", "two"]
    assert not dead.sent


def test_what_nobody_takes_for_half_a_day_is_given_up(ledger: Ledger, hasty: None) -> None:
    listener, done = Listener("a", refuses=1), list[int]()
    telling = hooks(ledger, listener, done=done)
    announced(ledger, "a", "old", since=time.time() - 13 * 3600)
    announced(ledger, "a", "young")
    telling.start()

    wait_for(listener.sent, 1)
    telling.close(PATIENCE)
    assert listener.sent == ["young"]
    assert done == [1, 2]


def test_closing_tells_what_can_be_told_and_waits_for_nothing_else(ledger: Ledger) -> None:
    ready, dead = Listener("ready"), Listener("dead", refuses=10**6)
    telling = hooks(ledger, ready, dead)
    telling.start()
    announced(ledger, "ready", "last")
    announced(ledger, "dead", "last")

    telling.close(PATIENCE)
    assert ready.sent == ["last"]
    assert dead.refuses == 10**6 - 1
    assert not [each for each in threading.enumerate() if each.name == "hook"]


@dataclass
class Lingering(Listener):
    """It takes a notice, and then as long as it is held."""

    held: threading.Event = field(default_factory=threading.Event)

    def send(self, notice: Notice) -> None:
        super().send(notice)
        assert self.held.wait(PATIENCE)


def test_what_others_send_from_now_on_is_begun_no_more(ledger: Ledger) -> None:
    listener, done = Lingering("a"), list[int]()
    before = hooks(ledger, listener, done=done)
    announced(ledger, "a", "one", "two", "three")
    before.start()
    wait_for(listener.sent, 1)

    before.close(0.0)
    listener.held.set()
    wait_until(lambda: done == [1], PATIENCE)
    before.close(PATIENCE)

    assert listener.sent == ["one"]


def test_tries_become_rarer_up_to_once_an_hour() -> None:
    tries = [0.0]
    while tries[-1] < 4 * 3600:
        tries.append(tries[-1] + delay(tries[-1]))

    assert tries[:5] == [0, 5, 10, 20, 40]
    assert tries[-1] - tries[-2] == 3600


def test_a_restart_asks_once_and_goes_on_as_rarely_as_before(ledger: Ledger) -> None:
    announced(ledger, "a", "old", since=time.time() - 1800)
    for _ in range(2):
        listener = Listener("a", refuses=10**6)
        telling = hooks(ledger, listener)
        telling.start()
        wait_until(lambda listener=listener: listener.refuses < 10**6, PATIENCE)
        telling.close(PATIENCE)

        assert listener.refuses == 10**6 - 1


def test_a_draft_is_made_for_each_target_of_what_is_wanted(ledger: Ledger) -> None:
    telling = Hooks(
        [Listener("a"), Listener("b")], {Occasion.DONE}, ledger.notice, list[int]().append
    )

    assert telling.drafts(News(Occasion.PAUSED)) == []
    first, second = telling.drafts(News(Occasion.DONE, job=JobId(7), name="talk.mp3"))
    assert (first.target, second.target) == ("a", "b")
    sent = json.loads(first.facts)
    assert (sent["event"], sent["job"], sent["name"]) == ("done", 7, "talk.mp3")
    assert sent["id"] == first.key != second.key


def test_notices_for_targets_that_are_no_more_are_forgotten(ledger: Ledger) -> None:
    announced(ledger, "old", "one")
    announced(ledger, "kept", "two")

    ledger.forget_notices(["kept"])
    assert ledger.notice("old", 0) is None
    notice = ledger.notice("kept", 0)
    assert notice
    assert notice.facts == "two"
    ledger.settle_notice(notice.id)
    assert ledger.notice("kept", 0) is None


def test_a_command_gets_the_facts_on_its_input_and_in_its_environment(tmp_path: Path) -> None:
    script = "cat > input; env | grep ^TRANSCRIBID_ > sent; pwd > where"
    CommandTarget(("sh", "-c", script), tmp_path, 10.0).send(NOTICE)

    assert (tmp_path / "input").read_text() == FACTS
    sent = (tmp_path / "sent").read_text().splitlines()
    assert "TRANSCRIBID_EVENT=done" in sent
    assert "TRANSCRIBID_OUTPUT=a/b" in sent
    assert "TRANSCRIBID_JOB=" in sent
    assert (tmp_path / "where").read_text().strip() == str(tmp_path)


def test_a_command_sees_nothing_of_our_configuration() -> None:
    ours = {"PATH": "/bin", "TRANSCRIBID_WEB__TOKEN": "s", "HF_TOKEN": "s"}

    sent = environment(ours, json.loads(FACTS))
    assert sent["PATH"] == "/bin"
    assert "s" not in sent.values()


@pytest.mark.parametrize(
    ("words", "timeout", "expected"),
    [
        (("sh", "-c", "echo gone wrong >&2; exit 3"), 60.0, "It exited with 3: gone wrong"),
        (("/no/such/program",), 60.0, "It cannot be started: No such file or directory."),
        (("sleep", "60"), 0.2, "It did not finish within 0.2 seconds."),
    ],
)
def test_a_command_that_fails_is_told_from_one_that_worked(
    tmp_path: Path, words: tuple[str, ...], timeout: float, expected: str
) -> None:
    with pytest.raises(NotDelivered) as refused:
        CommandTarget(words, tmp_path, timeout).send(NOTICE)

    assert str(refused.value) == expected


def test_a_hanging_command_is_ended_with_all_its_children(tmp_path: Path) -> None:
    script = "sleep 600 & echo $! > coming; mv coming child; wait"
    timeout = 0.5
    while not (tmp_path / "child").exists():  # a busy machine starts it late
        with pytest.raises(NotDelivered):
            CommandTarget(("sh", "-c", script), tmp_path, timeout).send(NOTICE)
        timeout *= 2

    child = Path("/proc") / (tmp_path / "child").read_text().strip() / "stat"
    wait_until(lambda: not _lives(child), PATIENCE)


def _lives(stat: Path) -> bool:
    try:
        return stat.read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def test_what_a_command_leaves_running_holds_nothing_up(tmp_path: Path) -> None:
    script = "sleep 600 & echo $! > left; exit 0"
    CommandTarget(("sh", "-c", script), tmp_path, PATIENCE).send(NOTICE)

    left = int((tmp_path / "left").read_text())
    assert _lives(Path(f"/proc/{left}/stat"))
    os.kill(left, signal.SIGKILL)


def test_a_signature_is_of_the_moment_and_the_body() -> None:
    assert signature("s", "1", b"x") != signature("s", "2", b"x")
    assert signature("s", "1", b"x") != signature("t", "1", b"x")
    # printf '1700000000.{}' | openssl dgst -sha256 -hmac secret
    digest = "b8569b78799ff9e3cbff0fc2d63a33a2b57f3282abd07c37ae5e8e7d79a5f163"
    assert signature("secret", "1700000000", b"{}") == f"sha256={digest}"


def test_no_label_and_no_key_tells_a_secret() -> None:
    url = "https://user:word@hooks.example:8443/services/TOKEN?key=SECRET"
    address, messenger = Address(url, "signing", 1.0), Messenger("tgram://123:TOKEN/chat")

    assert address.label == "https://hooks.example:8443"
    assert messenger.label == "tgram"
    assert address.key == sha256(url.encode()).hexdigest()[:16]
    assert not [each for each in (repr(address), repr(messenger)) if "TOKEN" in each]
    assert "signing" not in repr(address)


def test_an_address_that_is_not_there_has_not_taken_it() -> None:
    with pytest.raises(NotDelivered, match="cannot be reached: ConnectError"):
        Address("http://127.0.0.1:1/", None, PATIENCE).send(NOTICE)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_apprise_tells_its_messengers(caplog: pytest.LogCaptureFixture) -> None:
    came: list[bytes] = []

    class Taken(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            came.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:  # type: ignore[override]
            return

    with HTTPServer(("127.0.0.1", 0), Taken) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        Messenger(f"json://127.0.0.1:{server.server_port}/").send(NOTICE)
        server.shutdown()
    assert json.loads(came[0])["title"] == "m"
    caplog.set_level(logging.DEBUG)
    with pytest.raises(NotDelivered):
        Messenger("json://127.0.0.1:1/").send(NOTICE)
    assert not [line for line in caplog.messages if "127.0.0.1" in line and "apprise" in line]


def test_news_of_a_transcript_names_its_files_from_the_outbox() -> None:
    job = Job(JobId(3), Source("a/talk.mp3", 1, 1), 0.0, plan=Plan("a/talk"))
    audio = Audio("wav", "pcm", 4.0, 4.0, 0)
    good = Segment(0.0, 1.0, "yes", average_log_probability=-0.1)
    performer = Performer("whisper", "cpu", "int8", "starter")
    transcript = Transcript("en", 1.0, (good,), audio, performer, 0.0)

    news = of_transcript(job, transcript, ["talk.txt", "talk.json"])
    assert (news.event, news.verdict) == (Occasion.DONE, "good")
    assert news.outputs == ("a/talk.txt", "a/talk.json")
    doubtful = Segment(0.0, 1.0, "so", average_log_probability=-9.0)
    worse = Transcript("en", 1.0, (doubtful,), audio, performer, 0.0)
    news = of_transcript(job, worse, [])
    assert news.event is Occasion.REVIEW
    assert "Low confidence" in news.reason


def test_news_of_a_failure_says_what_to_do() -> None:
    failure = Failure(FailureKind.BAD_INPUT, "It is no recording.", "Look at it.")
    job = Job(JobId(1), Source("x\n.mp3", 1, 1), 0.0, state=State.BLOCKED, failure=failure)

    news = of_failure(job)
    assert news.reason == "It is no recording. Look at it."
    assert news.name == "x\\n.mp3"


def test_the_defaults_tell_nobody() -> None:
    config = Config()

    assert config.hooks.command is None
    assert config.hooks.urls == ()


def test_an_empty_secret_does_not_go_for_a_signature(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("\n")
    config = Config.model_validate(
        {"hooks": {"urls": ["https://x.example"], "secret_file": secret}}
    )

    with pytest.raises(OSError, match="is empty"):
        building.build(config, lambda _, __: None, list[int]().append)
