"""From nothing to a service by five commands, and back, on a freshly booted Debian."""

from pathlib import Path

import pytest

from support.booted import Booted
from support.clips import SAID, clip
from support.installed import (
    APT,
    CLONE,
    CONFIG,
    ENABLE,
    FIVE,
    INSTALL,
    PROGRAM,
    SHARED,
    STATE,
    STATUS,
    Installed,
    edited,
    make,
)
from support.rootfs import REPOSITORY

pytestmark = pytest.mark.service


def test_five_commands_end_with_a_service_that_runs(house: Installed) -> None:
    assert "python3-systemd is already the newest version" in house.said[APT]
    assert "Installed in /opt/transcribid" in house.said[f"{INSTALL} EXTRAS="]
    assert "multi-user.target.wants/transcribid.service" in house.said[ENABLE]
    assert "Active: active (running)" in house.said[STATUS]


def test_the_documentation_says_the_same_five_commands() -> None:
    page = (REPOSITORY / "docs" / "systemd.md").read_text().splitlines()

    said = [line.partition("#")[0].strip() for line in page]
    assert [command for command in FIVE if command not in said] == []


def test_a_dropped_recording_is_transcribed(service: Installed) -> None:
    service.drop("talk.wav", clip())
    service.wait(lambda: service.is_done("talk.wav"))

    assert service.place("outbox/talk.txt").read_text().strip() == SAID.strip()
    assert service.place("archive/talk.wav").exists()


def test_members_of_the_group_bring_and_take_whatever_their_umask(service: Installed) -> None:
    people = service.system
    if people.run("id", "maria", check=False).returncode:
        people.run("useradd", "--create-home", "--groups=transcribid", "maria")
    people.path("/home/maria/talk.wav").write_bytes(clip())
    inbox, outbox = f"{SHARED}/inbox/interviews", f"{SHARED}/outbox/interviews"
    as_maria(people, f"mkdir {inbox} && cp /home/maria/talk.wav {inbox}")
    service.wait(lambda: service.is_done("interviews/talk.wav"))

    assert as_maria(people, f"cat {outbox}/talk.txt").strip() == SAID.strip()
    as_maria(people, f"rm {outbox}/talk.* {SHARED}/archive/interviews/talk.wav")


def as_maria(system: Booted, script: str) -> str:
    return system.run(
        "runuser", "-u", "maria", "--", "sh", "-ec", f"umask 077; {script}"
    ).stdout


def test_strangers_see_neither_recordings_nor_transcripts(service: Installed) -> None:
    for folder in (SHARED, f"{SHARED}/outbox", STATE):
        done = service.system.run("runuser", "-u", "nobody", "--", "ls", folder, check=False)

        assert "Permission denied" in done.stderr


def test_an_upgrade_keeps_configuration_and_queue(service: Installed) -> None:
    service.drop("talk.wav", clip())
    service.wait(lambda: service.is_done("talk.wav"))
    before = service.system.path(CONFIG).read_text()
    new = service.system.path(CLONE) / "daemon/transcribid/__init__.py"
    new.write_text(new.read_text() + '\nNEWER = "yes"\n')

    said = make(service.system, "install", "EXTRAS=")
    service.control("restart")

    assert "systemctl restart" in said
    assert service.system.path(CONFIG).read_text() == before
    program = "import transcribid; print(transcribid.NEWER)"
    assert service.system.run("/opt/transcribid/bin/python", "-c", program).stdout == "yes\n"
    assert '"state": "done"' in service.system.run(PROGRAM, "show", "1", "--json").stdout


def test_what_is_removed_and_installed_again_finds_its_data(service: Installed) -> None:
    service.drop("talk.wav", clip())
    service.wait(lambda: service.is_done("talk.wav"))

    said = make(service.system, "uninstall")

    assert not service.system.path("/opt/transcribid").exists()
    assert not service.system.path("/usr/local/bin/transcribid").is_symlink()
    assert service.fact("LoadState") == "not-found"
    assert [place for place in ("/etc/transcribid", STATE, SHARED) if place not in said] == []
    assert service.is_done("talk.wav")

    make(service.system, "install", "EXTRAS=")
    service.system.run("systemctl", "enable", "--now", "transcribid")

    assert '"state": "done"' in service.system.run(PROGRAM, "show", "1", "--json").stdout


def test_removing_twice_is_no_error(house: Installed, tmp_path: Path) -> None:
    house.system.run("mkdir", "-p", "/tmp/elsewhere")
    words = ("uninstall", "DESTDIR=/tmp/elsewhere")

    assert "Removed" in make(house.system, *words)
    assert "Removed" in make(house.system, *words)


def test_what_is_packed_for_elsewhere_names_no_folder_of_here(house: Installed) -> None:
    make(
        house.system, "install", "EXTRAS=", "DESTDIR=/tmp/packed", "PREFIX=/usr/lib/transcribid"
    )

    packed = house.system.path("/tmp/packed")
    traces = house.system.run(
        "grep", "-rlI", "/tmp/packed", "/tmp/packed/usr/lib/transcribid/bin", check=False
    )
    unit = (packed / "usr/local/lib/systemd/system/transcribid.service").read_text()
    assert traces.stdout == ""
    assert "ExecStart=/usr/lib/transcribid/bin/transcribid run" in unit


def test_several_need_a_configuration_each_and_nothing_more(service: Installed) -> None:
    """The first one goes on meanwhile."""
    system, folder = service.system, f"{SHARED}/minutes"
    settings = edited(folder, f"{STATE}-minutes")
    system.path("/etc/transcribid/minutes.yaml").write_text(f"{settings}web: {{port: null}}\n")
    system.run("systemctl", "start", "transcribid@minutes")
    try:
        system.path(f"{folder}/inbox/talk.wav").write_bytes(clip())

        service.wait(system.path(f"{folder}/outbox/talk.json").exists)
        assert service.fact("ActiveState") == "active"
    finally:
        system.run("systemctl", "stop", "transcribid@minutes")


def test_without_a_gpu_the_drop_in_takes_the_devices_away(stopped: Installed) -> None:
    stopped.drop_in((REPOSITORY / "systemd/cpu.conf").read_text())
    stopped.control("start")
    stopped.drop("talk.wav", clip())
    stopped.wait(lambda: stopped.is_done("talk.wav"))

    assert stopped.fact("PrivateDevices") == "yes"
    assert "nvidia" not in stopped.fact("DeviceAllow")
