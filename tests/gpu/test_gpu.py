"""The real daemon on a real GPU: words, speed, short memory, a GPU that goes away."""

import json
import subprocess
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from support.clips import clip, long_clip
from support.daemon import House, wait_until
from transcribid import starter
from transcribid.web.address import reachable

pytestmark = pytest.mark.gpu

_PATIENCE = 300.0
_ENGINE = {"model": "starter", "device": "cuda"}
_HOG = Path(__file__).parents[1] / "support" / "hog.py"
_BENCH = Path(__file__).parents[1] / "bench" / "engine.py"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with House(tmp_path, watch={"quiet": "300ms"}, engine=_ENGINE) as house:
        yield house


@contextmanager
def taken(leave: int) -> Generator[None]:
    """All the memory of the GPU but so many MiB."""
    command = [sys.executable, "-P", str(_HOG), str(leave)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as hog:
        assert hog.stdout is not None
        assert hog.stdout.readline() == b"taken\n"
        try:
            yield
        finally:
            hog.kill()


def told(house: House, name: str) -> dict[str, Any]:
    path = house.outbox / f"{name}.json"
    wait_until(path.exists, _PATIENCE, house.last_words())
    return json.loads(path.read_text())


def test_its_memory_is_told(house: House) -> None:
    house.start()
    wait_until(lambda: bool(house.events("engine.ready")), _PATIENCE, "the engine is ready")

    def gpu() -> dict[str, Any]:
        with reachable(house.state) as address:
            transport = httpx.HTTPTransport(uds=address)
            with httpx.Client(transport=transport, base_url="http://localhost") as http:
                return http.get("/memory").json()["engines"][0]

    wait_until(lambda: bool(gpu()["gpu_used"]), _PATIENCE, "its memory")
    assert 0 < gpu()["gpu_used"][-1] <= gpu()["gpu_total"]


def test_the_doctor_finds_nothing_wrong(
    house: House, capfd: pytest.CaptureFixture[str]
) -> None:
    config = str(house.root / "transcribid.yaml")
    command = [sys.executable, "-P", "-m", "transcribid", "doctor", "--config", config]
    status = subprocess.run(command, check=False).returncode
    with capfd.disabled():
        print(capfd.readouterr().out)  # noqa: T201 - it is what one wants to see

    assert status == 0


@pytest.mark.parametrize("compute_type", ["auto", "float16", "int8_float16"])
def test_each_recording_has_its_words(house: House, compute_type: str) -> None:
    house.configure(engine={"compute_type": compute_type})
    for each in starter.recordings():
        house.drop(each.path.name, each.path.read_bytes())
    house.start()
    heard = {each: told(house, each.path.stem) for each in starter.recordings()}
    wrong = sum(starter.word_errors(each.reference, heard[each]["text"]) for each in heard)
    allowed = sum(each.allowed_errors for each in heard)

    assert {each["engine"]["device"] for each in heard.values()} == {"cuda"}
    assert wrong <= allowed


def test_short_memory_costs_steps_that_are_told_and_the_next_starts_at_the_top(
    house: House, turbo: Path
) -> None:
    house.configure(
        engine={"model": str(turbo), "batch_size": 32, "compute_type": "float16"},
        transcription={"language": "en", "profile": "fast"},
    )
    with taken(leave=4096):  # 1.6 GB of weights, and 32 windows of some 200 MB
        house.start()
        house.drop("short of memory.wav", long_clip(minutes=20))
        first = told(house, "short of memory")
    house.drop("enough.wav", long_clip(minutes=20))
    second = told(house, "enough")

    assert "Out of memory" in first["engine"]["notes"][0]
    assert second["engine"]["notes"] == []
    assert second["engine"]["compute_type"] == "float16"
    assert not list(house.quarantine.glob("*.wav"))


def test_a_gpu_that_is_full_from_the_start_is_waited_for(house: House, turbo: Path) -> None:
    house.configure(engine={"model": str(turbo), "fallback": "none"})
    house.drop("talk.wav", clip())
    with taken(leave=64):
        house.start()
        wait_until(lambda: bool(house.events("engine.broken")), _PATIENCE, house.last_words())
        remedy = house.events("engine.broken")[0]["remedy"]
    wait_until(lambda: bool(house.events("engine.ready")), _PATIENCE, house.last_words())

    assert "nvidia-smi" in remedy


def test_a_gpu_that_goes_away_condemns_nobody(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    house.drop("talk.wav", clip())
    house.start()
    wait_until(lambda: bool(house.events("engine.broken")), _PATIENCE, house.last_words())
    house.stop()
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES")
    house.start()

    assert told(house, "talk")["engine"]["device"] == "cuda"


def test_speed_and_memory_as_a_table(
    turbo: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """What comes out is for people to read: a GPU is as fast as it is."""
    config = tmp_path / "transcribid.yaml"
    config.write_text("transcription: {language: en, profile: fast}\n")
    recordings = [str(starter.RECORDINGS / "en-long.flac")] * 40
    bench = ["-m", "transcribid", "bench", *recordings, "--config", str(config)]
    types = [word for each in ("float16", "int8_float16") for word in ("--compute-type", each)]
    sizes = [word for each in (1, 8, 16, 32, 64) for word in ("--batch-size", str(each))]
    model = ["--model", str(turbo), "--device", "cuda"]
    rivals = [str(_BENCH), "--only", "hour", "--rounds", "2", "--profile", "fast", *model]
    rivals += ["--compute-type", "float16", "--batch", "32"]
    for words in ([*bench, *model, *types, *sizes], rivals):
        done = subprocess.run([sys.executable, "-P", *words], check=False)
        with capfd.disabled():
            print(capfd.readouterr().out)  # noqa: T201 - as above

        assert done.returncode == 0
