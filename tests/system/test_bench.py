"""The real command, on the bundled model."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from support.clips import SAID, clip

pytestmark = pytest.mark.slow

PATIENCE = 120.0


def test_bench_measures_each_combination_and_draws_them(tmp_path: Path) -> None:
    (tmp_path / "talk.wav").write_bytes(clip())
    (tmp_path / "talk.txt").write_text(SAID)
    bench(
        tmp_path,
        *("talk.wav", "--model", "starter", "--model", str(tmp_path / "none")),
        *("--device", "cpu", "--compute-type", "int8", "--repeat", "2"),
        *("--json", "speed.json", "--plot", "speed.svg"),
    )

    measured, impossible = json.loads((tmp_path / "speed.json").read_text())["rows"]
    assert measured["performer"]["compute_type"] == "int8"
    assert len(measured["seconds"]) == 2
    assert measured["times_real_time"] > 0
    assert measured["load_seconds"] > 0
    assert measured["peak_memory"] > 10e6  # bytes; no interpreter is smaller
    assert measured["word_error_rate"] == 0
    assert "no model folder" in impossible["reason"]
    assert "starter, cpu, int8" in (tmp_path / "speed.svg").read_text()


def test_bench_that_can_run_nothing_says_why(tmp_path: Path) -> None:
    told = bench(tmp_path, "--model", str(tmp_path / "none"), "--device", "cpu", status=1)

    assert "no model folder" in told


def test_bench_refuses_a_chart_it_cannot_draw_before_it_works(tmp_path: Path) -> None:
    assert ".svg" in bench(tmp_path, "--plot", "speed.doc", status=2)


def bench(folder: Path, *words: str, status: int = 0) -> str:
    """Returns what it printed."""
    done = subprocess.run(
        [sys.executable, "-P", "-m", "transcribid", "bench", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout + done.stderr
