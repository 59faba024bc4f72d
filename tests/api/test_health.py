"""The container's health check, run as a container runs it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from api.serving import PATIENCE, Serve
from support.daemon import wait_until

SCRIPT = Path(__file__).parents[2] / "docker" / "health.py"


def health(state: Path) -> tuple[int, str]:
    environment = {**os.environ, "TRANSCRIBID_FOLDERS__STATE": str(state)}
    result = subprocess.run(
        [sys.executable, "-IS", SCRIPT], env=environment, capture_output=True, text=True
    )
    assert result.stderr == ""
    return result.returncode, result.stdout


def test_it_agrees_with_the_daemon(serve: Serve) -> None:
    it = serve().begin()
    state = it.house.root / "state"
    with it.client() as http:
        wait_until(lambda: http.get("/readyz").is_success, PATIENCE, "it is ready")

        assert health(state)[0] == 0
    assert it.house.stop() == 0
    status, sentence = health(state)
    assert status == 1
    assert sentence.startswith("The daemon does not answer: ")


def test_a_daemon_that_cannot_work_is_unhealthy_and_says_why(serve: Serve) -> None:
    it = serve(engine={"device": "cuda"})
    it.house.start()
    wait_until(lambda: bool(it.house.events("engine.broken")), PATIENCE, "it was tried")

    status, sentence = health(it.house.root / "state")

    assert status == 1
    assert "engine" in sentence


@pytest.mark.parametrize("missing", [True, False])
def test_no_daemon_is_a_sentence(tmp_path: Path, missing: bool) -> None:
    status, sentence = health(tmp_path / "none" if missing else tmp_path)

    assert (status, sentence) == (
        1,
        "The daemon does not answer: No such file or directory\n",
    )
