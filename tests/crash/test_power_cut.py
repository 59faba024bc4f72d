"""Cut the power before and after every durable step; nothing is lost, half or doubled."""

import shutil
from pathlib import Path

import pytest

from support.outages import ENDS, Scenario, a_good_recording, cuts


@pytest.mark.parametrize("scenario", ENDS, ids=lambda scenario: scenario.__name__)
def test_whatever_moment_the_power_fails_at(tmp_path: Path, scenario: Scenario) -> None:
    assert [wrong for cut in cuts(tmp_path, scenario) for wrong in cut] == []


def test_moving_to_another_file_system_survives_too(tmp_path: Path) -> None:
    memory = Path("/dev/shm")
    if not memory.is_dir() or memory.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("there is no second file system here")
    elsewhere = memory / f"transcribid-{tmp_path.name}"
    try:
        found = [wrong for cut in cuts(tmp_path, a_good_recording, elsewhere) for wrong in cut]
    finally:
        shutil.rmtree(elsewhere, ignore_errors=True)
    assert found == []
