"""The real command, on this machine, with the bundled model."""

import json
from pathlib import Path

import pytest

from support.daemon import House, wait_until
from support.examined import configured, examined, failures, findings
from transcribid.doctor import running
from transcribid.doctor.finding import Level
from transcribid.gpu import devices

pytestmark = pytest.mark.slow

AREAS = {"configuration", "libraries", "GPU", "arithmetic", "model", "folders", "system"}


def test_a_healthy_machine_is_able_and_has_transcribed_a_known_clip(tmp_path: Path) -> None:
    House(tmp_path)

    printed = examined(tmp_path, "--json")

    assert json.loads(printed)["able"]
    found = findings(printed)
    assert AREAS | {"daemon", "self-test"} == {each.area for each in found}
    heard = next(each for each in found if each.area == "self-test")
    assert "starter, cpu, int8: all words correct" in heard.what
    proven = next(each for each in found if each.area == "arithmetic")
    assert "int8 on cpu (used): all words correct" in proven.what


def test_what_is_printed_fits_a_terminal_and_ends_with_the_sum(tmp_path: Path) -> None:
    House(tmp_path)

    lines = examined(tmp_path, "--no-self-test", COLUMNS="80").splitlines()

    assert lines[-1].startswith("The daemon can run here")
    assert max(map(len, lines)) <= 80


@pytest.mark.skipif(devices.count() > 0, reason="a GPU is here")
def test_cuda_without_a_gpu_fails_with_its_own_words_and_the_remedy(tmp_path: Path) -> None:
    House(tmp_path, engine={"device": "cuda"})

    found = findings(examined(tmp_path, "--json", "--no-self-test", status=69))

    cuda = next(each for each in found if each.what == "CUDA cannot be used")
    assert "CUDA failed with error" in cuda.why
    assert "nvidia-smi" in cuda.remedy
    assert failures(found) == [cuda]
    assert {each.area for each in found} >= AREAS - {"arithmetic"}


@pytest.mark.skipif(devices.count() > 0, reason="a GPU is here")
def test_no_gpu_is_only_worth_a_note_where_the_cpu_will_do(tmp_path: Path) -> None:
    House(tmp_path, engine={"device": "auto"})

    found = findings(examined(tmp_path, "--json", "--no-self-test"))

    assert {each.level for each in found if each.area == "GPU"} == {Level.NOTE}
    assert any("int8 on cpu (used)" in each.what for each in found)


def test_without_its_model_the_rest_is_tested_and_the_pull_is_named(tmp_path: Path) -> None:
    House(tmp_path, engine={"model": "tiny"})

    found = findings(examined(tmp_path, "--json", status=69, HF_HUB_CACHE=str(tmp_path)))

    missing = failures(found)
    assert [each.what for each in missing] == ["tiny cannot be used"]
    assert "transcribid models pull tiny" in missing[0].remedy
    assert "starter, cpu" in next(each.what for each in reversed(found))


def test_a_wrong_configuration_is_said_before_anything_is_looked_at(tmp_path: Path) -> None:
    House(tmp_path, engine={"device": "gpu"})

    assert examined(tmp_path, status=78) == ""


def test_a_daemon_that_runs_is_told_of(tmp_path: Path) -> None:
    with House(tmp_path) as house:
        house.start()
        wait_until((house.state / "control.sock").exists, 60.0)
        wait_until(lambda: "starter" in _told(tmp_path), 60.0)

        assert "starter on cpu" in _told(tmp_path)


def _told(root: Path) -> str:
    return next(running.findings(configured(root).folders.state)).what
