"""Numbers that tell trouble from work, and the alerts that go by them."""

import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml
from fastapi import FastAPI
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from transcribid.config import Config
from transcribid.domain.job import JobId, Source
from transcribid.domain.news import Draft
from transcribid.hooks import building
from transcribid.ledger import Ledger
from transcribid.service.mailbox import Mailbox
from transcribid.service.status import Running, Status
from transcribid.web import access
from transcribid.web.context import Context
from transcribid.web.metrics import router

ALERTS = Path(__file__).parents[2] / "config" / "monitoring" / "grafana" / "alerts.yaml"
HOUR = 3600.0


@dataclass
class Numbers:
    """What the API says of a ledger, a status and a configuration."""

    ledger: Ledger
    status: Status = field(default_factory=lambda: Status(since=0.0))
    config: Config = field(default_factory=Config)

    def text(self) -> str:
        app = FastAPI()
        app.include_router(router(self._desk()))
        with TestClient(app) as client:
            return client.get("/metrics").text

    def of(self, name: str) -> dict[str, float]:
        """By the value of its label."""
        families = {each.name: each for each in text_string_to_metric_families(self.text())}
        return {"".join(each.labels.values()): each.value for each in families[name].samples}

    def _desk(self) -> Context:
        return Context(
            lambda: self.status,
            self.ledger,
            Mailbox(),
            Path(),
            Path(),
            access.policy(self.config),
            lambda: self.config,
            lambda: (),
        )


@pytest.fixture
def numbers(tmp_path: Path) -> Iterator[Numbers]:
    ledger = Ledger(tmp_path / "ledger.sqlite3")
    yield Numbers(ledger)
    ledger.close()


def test_the_oldest_waits_for_longest_even_if_others_are_urgent(numbers: Numbers) -> None:
    assert numbers.of("transcribid_oldest_waiting_seconds") == {"": 0.0}
    numbers.ledger.add([Source("old", 1, 1)], at=time.time() - HOUR)
    numbers.ledger.add([Source("new", 1, 1)], at=time.time(), urgent=True)

    age = numbers.of("transcribid_oldest_waiting_seconds")[""]
    assert age == pytest.approx(HOUR, abs=60.0)


def test_what_was_heard_counts_before_a_recording_ends(numbers: Numbers) -> None:
    assert numbers.of("transcribid_running_heard_seconds") == {"": 0.0}
    one = Running(JobId(1), "a.mp3", 90.0, 9000.0, 10.0)
    two = Running(JobId(2), "b.mp3", 30.0, None, 10.0)
    numbers.status = Status(since=0.0, running=(one, two))

    assert numbers.of("transcribid_running_heard_seconds") == {"": 120.0}


def test_what_targets_have_not_taken_is_told_by_their_labels_alone(numbers: Numbers) -> None:
    urls = ["https://x.example/SECRET", "https://x.example/SECRET2", "https://y.example"]
    hooks = {"urls": urls, "command": "notify SECRET", "secret_file": "/missing"}
    numbers.config = Config.model_validate({"hooks": hooks})
    command, first, second, _ = building.labels(numbers.config)
    for key, age in ((command, HOUR), (first, 60.0), (second, 2 * HOUR), (first, 0.0)):
        numbers.ledger.announce([Draft(key, "k", "{}")], at=time.time() - age)
    numbers.ledger.announce([Draft("a target that is no more", "k", "{}")], at=0.0)

    waiting = numbers.of("transcribid_notices_waiting")
    ages = numbers.of("transcribid_oldest_notice_seconds")
    assert waiting == {"command notify": 1, "https://x.example": 3, "https://y.example": 0}
    assert ages == pytest.approx(
        {"command notify": HOUR, "https://x.example": 2 * HOUR, "https://y.example": 0.0},
        abs=60.0,
    )
    assert "SECRET" not in numbers.text()


needs_promtool = pytest.mark.skipif(not shutil.which("promtool"), reason="needs promtool")


@dataclass(frozen=True)
class Hours:
    """Two hours of numbers, one a minute, in Prometheus' way of writing them."""

    heard: str = "0x120"
    done: str = "7x120"
    paused: str = "0x120"
    oldest: str = "4000+60x120"
    notice: str = "0x120"

    @property
    def series(self) -> list[dict[str, str]]:
        values = {
            "transcribid_running_heard_seconds{}": self.heard,
            'transcribid_jobs{state="done"}': self.done,
            'transcribid_jobs{state="quarantined"}': "0x120",
            'transcribid_jobs{state="queued"}': "3+1x120",
            "transcribid_audio_seconds_total{}": "500x120",
            "transcribid_paused{}": self.paused,
            "transcribid_oldest_waiting_seconds{}": self.oldest,
            'transcribid_oldest_notice_seconds{target="tgram"}': self.notice,
        }
        return [
            {"series": name.replace("{", '{instance="here",job="t",').replace(",}", "}"),
             "values": each}
            for name, each in values.items()
        ]  # fmt: skip


def fires(tmp_path: Path, alert: str, hours: Hours) -> bool:
    """Whether this alert fires after two such hours."""
    question = f'count(ALERTS{{alertname="{alert}",alertstate="firing"}}) or vector(0)'
    expected = [
        {"expr": question, "eval_time": "2h", "exp_samples": [{"labels": "{}", "value": 1}]}
    ]
    group: dict[str, Any] = {
        "interval": "1m", "input_series": hours.series, "promql_expr_test": expected,
    }  # fmt: skip
    path = tmp_path / "test.yaml"
    path.write_text(yaml.safe_dump({"rule_files": [str(ALERTS)], "tests": [group]}))
    told = subprocess.run(
        ["promtool", "test", "rules", str(path)], capture_output=True, text=True, check=False
    )
    assert told.returncode == 0 or "got:" in told.stdout + told.stderr, told
    return told.returncode == 0


@needs_promtool
def test_prometheus_takes_the_alerts() -> None:
    told = subprocess.run(
        ["promtool", "check", "rules", str(ALERTS)], capture_output=True, text=True, check=False
    )

    assert told.returncode == 0, told.stdout + told.stderr


@needs_promtool
@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        (Hours(), True),
        (Hours(heard="300x120"), True),  # a recording at which work stands still
        (Hours(heard="0+20x120"), False),  # one that is longer than an hour
        (Hours(done="7+1x120"), False),  # many that are short
        (Hours(paused="1x90 0x29"), False),  # taken up again a while ago
        (Hours(oldest="0x120"), False),
    ],
)
def test_the_alert_that_nothing_moves_is_silent_while_something_does(
    tmp_path: Path, hours: Hours, expected: bool
) -> None:
    assert fires(tmp_path, "TranscribidNothingMoves", hours) is expected


@needs_promtool
@pytest.mark.parametrize(("notice", "expected"), [("0+60x120", True), ("0+20x120", False)])
def test_an_alert_says_that_nobody_took_a_notice_for_an_hour(
    tmp_path: Path, notice: str, expected: bool
) -> None:
    assert fires(tmp_path, "TranscribidNoticesWait", Hours(notice=notice)) is expected
