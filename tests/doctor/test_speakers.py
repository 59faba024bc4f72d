"""Who said what, where its libraries are missing, broken, or die."""

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

import pytest

from support.daemon import House
from support.examined import examined, findings
from support.hub import pipeline_files
from transcribid.doctor.finding import Finding, Level

pytestmark = pytest.mark.slow

MISSING = "libc10_cuda.so: cannot open shared object file"
WANTED: Mapping[str, object] = {"enabled": True}
INSTALL = 'pip install "transcribid[diarization]"'
without = pytest.mark.skipif(find_spec("torch") is not None, reason="torch is installed")


def pulled(house: House) -> None:
    for name, content in pipeline_files().items():
        path = house.state / "models" / "pyannote--speaker-diarization-community-1" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def installed(folder: Path, torch: str) -> str:
    """Libraries of the right names, of which torch is this module. Returns where they are."""
    for name in ("pyannote.audio", "torch", "torchaudio"):
        facts = folder / f"{name.replace('.', '_')}-1.0.dist-info"
        facts.mkdir(parents=True)
        (facts / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (folder / "torch.py").write_text(torch)
    return str(folder)


def of_speakers(root: Path, **variables: str) -> list[Finding]:
    """Whatever is wrong with them, the daemon can work."""
    found = findings(examined(root, "--json", "--no-self-test", status=0, **variables))
    return [each for each in found if each.area == "speakers"]


@without
def test_where_a_rule_wants_speakers_what_is_missing_is_told_with_the_commands(
    tmp_path: Path,
) -> None:
    House(tmp_path, rules=[{"match": "interviews/**", "diarization": WANTED}])

    libraries, pipeline = of_speakers(tmp_path, HF_HUB_CACHE=str(tmp_path))

    assert libraries.level is pipeline.level is Level.WARNING
    assert libraries.what == "pyannote.audio, torch, torchaudio: not installed"
    assert libraries.remedy == INSTALL
    assert "transcribid models pull pyannote/speaker-diarization-co" in pipeline.remedy


def test_a_pipeline_that_is_not_there_is_told_with_the_option(tmp_path: Path) -> None:
    House(tmp_path, diarization={**WANTED, "model": str(tmp_path / "nowhere")})

    assert of_speakers(tmp_path)[1].remedy == "Fix diarization.model."


def test_a_pipeline_in_place_of_the_whisper_model_is_told(tmp_path: Path) -> None:
    House(tmp_path, engine={"model": str(tmp_path)})
    (tmp_path / "config.yaml").touch()

    found = findings(examined(tmp_path, "--json", "--no-self-test", status=69))
    (wrong,) = [each for each in found if each.level is Level.FAILURE]
    assert wrong.why.endswith("contains a pipeline of pyannote.audio.")
    assert wrong.remedy == "Fix engine.model."


@without
def test_libraries_that_do_not_fit_each_other_are_told_by_a_real_start(tmp_path: Path) -> None:
    pulled(House(tmp_path, diarization=WANTED))
    libraries = installed(tmp_path / "libraries", f"raise OSError({MISSING!r})\n")

    versions, pipeline, start = of_speakers(tmp_path, PYTHONPATH=libraries)

    assert versions.what == "pyannote.audio 1.0, torch 1.0, torchaudio 1.0"
    assert pipeline.level is Level.NOTE  # no manifest
    assert start.level is Level.WARNING
    assert MISSING in start.why
    assert INSTALL in start.remedy


@without
def test_libraries_that_end_the_process_end_neither_doctor_nor_daemon(tmp_path: Path) -> None:
    pulled(House(tmp_path, diarization=WANTED))
    libraries = installed(tmp_path / "libraries", "import os; os.abort()\n")

    start = of_speakers(tmp_path, PYTHONPATH=libraries)[-1]

    assert start.level is Level.WARNING
    assert "was killed by SIGABRT" in start.what
