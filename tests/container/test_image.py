"""What the image says of itself, and what it refuses."""

import json
from typing import Any

import pytest

from support.boxed import asked, own
from support.daemon import House
from support.podman import Image, podman

pytestmark = pytest.mark.container
MISCONFIGURED = 78


@pytest.fixture
def facts(image: str) -> dict[str, Any]:
    return json.loads(podman("image", "inspect", image).stdout)[0]


def test_it_is_small_and_its_code_is_a_layer_of_its_own(built: Image) -> None:
    assert built.size - built.base_size < 650e6
    assert built.layers <= 4


def test_it_runs_the_daemon_as_nobody_special_and_knows_how_it_is(
    facts: dict[str, Any],
) -> None:
    settings = facts["Config"]
    assert settings["Entrypoint"] == ["transcribid"]
    assert settings["Cmd"] == ["run"]
    assert settings["User"] == "1000:1000"
    assert settings["StopSignal"] == "SIGTERM"
    assert facts["Healthcheck"]["Test"] == ["CMD", "transcribid-health"]
    assert settings["Labels"]["org.opencontainers.image.title"] == "transcribid"


def test_it_sets_nothing_that_belongs_into_the_configuration(facts: dict[str, Any]) -> None:
    names = {variable.partition("=")[0] for variable in facts["Config"]["Env"]}
    ours = {name for name in names if name.startswith(("TRANSCRIBID_", "WHISPER_", "SERVICE_"))}
    assert ours and all(name.startswith("TRANSCRIBID_FOLDERS__") for name in ours)


def test_neither_secrets_nor_leavings_of_the_build_are_in_it(image: str) -> None:
    inside = ("run", "--rm", "--network=none", "--entrypoint=find", image, "/")
    found = podman(
        *(*inside, "-xdev", "(", "-name", "pip.conf", "-o", "-name", "host_ca"),
        *("-o", "-path", "/build", "-o", "-name", "transcribid-*.whl", ")", "-size", "+0"),
        check=False,
    )

    assert found.stdout == ""


def test_a_folder_that_nobody_mounted_is_refused_and_not_lost_with_the_container(
    house: House, image: str
) -> None:
    status, said = asked(house, image, without="archive")

    assert status == MISCONFIGURED
    assert "/archive" in said


def test_a_wrong_configuration_is_named_and_no_restart_is_asked_for(
    house: House, image: str
) -> None:
    (house.root / "config/transcribid.yaml").write_text("engine: {modell: small}\n")

    status, said = asked(house, image)

    assert status == MISCONFIGURED
    assert "transcribid.yaml:1: engine.modell" in said
    assert "model" in said


def test_a_variable_wins_over_the_file_and_the_file_over_the_default(
    house: House, image: str
) -> None:
    configuration = house.root / "config/transcribid.yaml"
    configuration.write_text("engine: {model: small}\noutputs: {formats: [vtt]}\n")
    own(configuration)

    status, said = asked(house, image, "config", "show")

    assert status == 0
    assert "starter" in said and "small" not in said
    assert "vtt" in said and "srt" not in said
    assert "/cache/state" in said


def test_the_doctor_finds_that_it_can_work(house: House, image: str) -> None:
    status, said = asked(house, image, "doctor")

    assert status == 0, said
