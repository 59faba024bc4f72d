"""What systemd does to the service, and what the service does for systemd."""

import json

import pytest

from support.clips import clip, long_clip
from support.installed import CONFIG, PROGRAM, Installed

pytestmark = pytest.mark.service

_SOON = "[Service]\nRestartSec=100ms\n"
_WATCHED = "[Service]\nWatchdogSec=5\nTimeoutAbortSec=1\n"
_TRANSIT = 300_000  # microseconds until an entry is in the journal; the trial takes longer


def is_running(service: Installed, name: str) -> bool:
    return any(line["NAME"] == name for line in service.events("job.running"))


def strikes(service: Installed, job: int) -> int:
    told = service.system.run(PROGRAM, "show", str(job), "--json").stdout
    return int(json.loads(told)["strikes"])


def test_started_means_that_the_engine_heard_the_known_clip(stopped: Installed) -> None:
    stopped.control("start", "--no-block")
    stopped.wait(lambda: stopped.fact("ActiveState") == "activating")
    stopped.control("start")

    started = int(stopped.fact("ActiveEnterTimestampMonotonic"))
    (ready,) = stopped.events("engine.ready")
    assert int(ready["__MONOTONIC_TIMESTAMP"]) <= started + _TRANSIT


def test_the_status_is_one_sentence_about_what_it_does(service: Installed) -> None:
    service.wait(lambda: service.fact("StatusText") == "Waiting for recordings.")
    service.drop("long.wav", long_clip(minutes=20))

    service.wait(lambda: service.fact("StatusText").startswith("Transcribing long.wav: "))


def test_a_stop_in_mid_job_gives_it_back_and_the_next_start_finishes_it(
    service: Installed,
) -> None:
    service.drop("long.wav", long_clip(minutes=20))
    service.wait(lambda: is_running(service, "long.wav"))

    service.control("stop")

    assert service.fact("Result") == "success"
    assert service.place("inbox/long.wav").exists()
    assert not service.is_done("long.wav")
    service.control("start")
    assert strikes(service, 1) == 0
    service.wait(lambda: service.is_done("long.wav"))


def test_a_killed_daemon_is_started_again_and_goes_on(stopped: Installed) -> None:
    stopped.drop_in(_SOON)
    stopped.control("start")
    stopped.drop("long.wav", long_clip(minutes=20))
    stopped.wait(lambda: is_running(stopped, "long.wav"))

    stopped.signal("KILL")

    stopped.wait(lambda: stopped.is_done("long.wav"))
    assert stopped.fact("NRestarts") == "1"
    assert stopped.fact("ActiveState") == "active"


def test_a_frozen_daemon_is_ended_by_the_watchdog_and_comes_back(stopped: Installed) -> None:
    stopped.drop_in(_SOON)
    stopped.drop_in(_WATCHED)
    stopped.control("start")

    stopped.signal("STOP")

    stopped.wait(lambda: stopped.fact("NRestarts") == "1", "the watchdog")
    stopped.control("start")
    stopped.drop("talk.wav", clip())
    stopped.wait(lambda: stopped.is_done("talk.wav"))
    assert stopped.fact("NRestarts") == "1"


def test_a_daemon_at_work_feeds_the_watchdog(stopped: Installed) -> None:
    stopped.drop_in("[Service]\nWatchdogSec=2\n")
    stopped.control("start")
    stopped.drop("long.wav", long_clip(minutes=20))

    stopped.wait(lambda: stopped.is_done("long.wav"))

    assert stopped.fact("NRestarts") == "0"


def test_a_killed_engine_does_not_end_the_service(service: Installed) -> None:
    """As when memory runs out; that itself cannot be brought about here."""
    daemon = service.pid
    service.drop("long.wav", long_clip(minutes=20))
    service.wait(lambda: is_running(service, "long.wav"))

    service.system.run("kill", "-KILL", str(service.children()[0]))

    service.wait(lambda: service.is_done("long.wav"))
    assert (service.pid, service.fact("NRestarts")) == (daemon, "0")


@pytest.mark.parametrize(
    ("settings", "arguments", "status"),
    [("engin: {}\n", "", "78"), ("", "--nonsense", "2")],
    ids=["configuration", "usage"],
)
def test_what_a_restart_cannot_mend_is_not_restarted(
    stopped: Installed, settings: str, arguments: str, status: str
) -> None:
    stopped.drop_in(
        f"{_SOON}ExecStart=\nExecStart={PROGRAM} run {arguments} --config {CONFIG}\n"
    )
    stopped.configure(settings)

    stopped.control("start", check=False)

    assert stopped.fact("ExecMainStatus") == status
    assert stopped.fact("SubState") == "failed"
    assert stopped.fact("NRestarts") == "0"


def test_a_reload_applies_a_good_configuration(service: Installed) -> None:
    daemon = service.pid
    service.configure("outputs: {formats: [vtt]}\n")
    service.control("reload")
    service.wait(lambda: bool(service.events("config.applied")))
    service.drop("talk.wav", clip())
    service.wait(lambda: service.is_done("talk.wav"))

    assert service.place("outbox/talk.vtt").exists()
    assert not service.place("outbox/talk.srt").exists()
    assert service.pid == daemon


def test_a_reload_refuses_a_bad_configuration_and_changes_nothing(service: Installed) -> None:
    daemon = service.pid
    service.configure("outputs: {formats: [vtf]}\n")
    service.control("reload")
    service.wait(lambda: bool(service.events("config.refused")))
    service.drop("talk.wav", clip())
    service.wait(lambda: service.is_done("talk.wav"))

    assert "did you mean" in str(service.events("config.refused")[0]["REPORT"]).lower()
    assert service.place("outbox/talk.srt").exists()
    assert (service.pid, service.fact("ActiveState")) == (daemon, "active")
