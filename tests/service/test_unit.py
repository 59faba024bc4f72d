"""The unit itself: well-formed, closed, and yet open enough for the models."""

import json

import pytest

from support.clips import clip
from support.installed import PROGRAM, Installed

pytestmark = pytest.mark.service

_MOST_EXPOSED = 1.5


@pytest.mark.parametrize("unit", ["transcribid.service", "transcribid@minutes.service"])
def test_systemd_has_nothing_to_say_about_the_unit(house: Installed, unit: str) -> None:
    done = house.system.run("systemd-analyze", "verify", unit)

    assert (done.stdout, done.stderr) == ("", "")


def test_the_unit_exposes_little(house: Installed) -> None:
    unit = "/usr/local/lib/systemd/system/transcribid.service"
    house.system.run("cp", unit, "/tmp/transcribid.service")
    done = house.system.run(
        *("systemd-analyze", "security", "--offline=true", "--no-pager"),
        *(f"--threshold={_MOST_EXPOSED * 10:.0f}", "/tmp/transcribid.service"),
    )

    assert "Overall exposure level" in done.stdout


def test_what_runs_is_confined(service: Installed) -> None:
    """The daemon and its engine alike: no privileges, a filter of system calls, no writing."""
    for pid in (service.pid, *service.children()):
        status = service.system.path(f"/proc/{pid}/status").read_text()
        facts = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)

        assert facts["NoNewPrivs"].strip() == "1"
        assert facts["Seccomp"].strip() == "2"
        assert int(facts["CapBnd"], 16) == 0
    entered = ("nsenter", f"--target={service.pid}", "--mount", "--", "touch", "/etc/x")
    assert "Read-only file system" in service.system.run(*entered, check=False).stderr


def test_the_doctor_finds_nothing_wrong_inside_the_sandbox(stopped: Installed) -> None:
    """Libraries, arithmetic, folders and the known clip, with all that the unit forbids."""
    stopped.drop_in(
        "[Service]\nType=oneshot\nRestart=no\nWatchdogSec=0\n"
        "StandardOutput=file:%S/transcribid/found\n"
        f"ExecStart=\nExecStart={PROGRAM} doctor --json --config /etc/transcribid/config.yaml\n"
    )
    stopped.control("start")

    found = json.loads(stopped.system.path("/var/lib/transcribid/found").read_text())
    bad = [each for each in found["findings"] if each["level"] in ("warning", "failure")]
    assert bad == []


def test_a_secret_reaches_the_daemon_as_a_file(stopped: Installed) -> None:
    stopped.system.path("/etc/transcribid/hf_token").write_text("secret")
    stopped.system.path("/etc/transcribid/hf_token").chmod(0o600)
    stopped.drop_in(
        "[Service]\nLoadCredential=hf_token:/etc/transcribid/hf_token\n"
        "Environment=HF_TOKEN_FILE=%d/hf_token\n"
    )
    stopped.control("start")

    environment = stopped.system.path(f"/proc/{stopped.pid}/environ").read_bytes().split(b"\0")
    place = next(
        line.partition(b"=")[2].decode()
        for line in environment
        if line.startswith(b"HF_TOKEN_FILE=")
    )
    entered = ("nsenter", f"--target={stopped.pid}", "--mount", "--", "runuser", "-u")
    assert stopped.system.run(*entered, "transcribid", "--", "cat", place).stdout == "secret"


def test_its_lines_in_the_journal_have_a_field_for_each_datum(service: Installed) -> None:
    service.drop("talk.wav", clip())
    service.wait(lambda: bool(service.events("job.done")))

    lines = service.journal("JOB=1")

    events = [line["EVENT"] for line in lines]
    assert events[0] == "job.staging"
    assert events[-1] == "job.done"
    assert {line["PRIORITY"] for line in lines} == {"6"}
    assert [line for line in service.journal() if int(line["PRIORITY"]) < 6] == []
    assert lines[0]["NAME"] == "talk.wav"
    assert lines[0]["SYSLOG_IDENTIFIER"] == "transcribid"
    assert "talk.wav" in lines[0]["MESSAGE"]
    assert all(line["_TRANSPORT"] == "journal" for line in lines)
