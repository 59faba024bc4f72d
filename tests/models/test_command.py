"""transcribid models list and verify, on models that are whole, damaged or half there."""

import json
import shutil
from pathlib import Path

import pytest

from support.desk import Desk
from support.hub import COMMIT, WEIGHTS
from transcribid import starter
from transcribid.models.resolve import folder_of
from transcribid.protocol.errors import CannotRun

NO_HUB = "http://127.0.0.1:1"
POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n"


def verdicts(desk: Desk, *names: str, status: int = 0) -> dict[str, dict[str, str]]:
    told = json.loads(desk.run("verify", "--json", *names, status=status))
    return {each["name"]: each["problems"] for each in told}


def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(starter.MODEL, tmp_path / "model"))


def flip(path: Path, at: int) -> None:
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)


def test_a_whole_model_is_found_whole(desk: Desk) -> None:
    desk.run("pull", "small")

    assert verdicts(desk) == {"small": {}}
    assert "small is intact" in desk.run_alone("verify", HF_ENDPOINT=NO_HUB)


def test_one_flipped_bit_on_the_disk_is_found_and_mended_by_the_command_it_names(
    desk: Desk,
) -> None:
    desk.run("pull", "small")
    flip(desk.place("small").final / WEIGHTS, at=5_000_000)
    sent = desk.hub.sent.copy()

    assert verdicts(desk, status=1) == {"small": {WEIGHTS: "is not what was fetched"}}
    said = desk.run("verify", "small", status=1)
    assert f"transcribid models pull small --revision {COMMIT}" in said

    desk.run("pull", "small", "--revision", COMMIT)
    assert verdicts(desk) == {"small": {}}
    assert (desk.hub.sent - sent)["tokenizer.json"] == 0


@pytest.mark.parametrize("name", [WEIGHTS, "config.json", "tokenizer.json", "vocabulary.json"])
def test_a_missing_file_is_named_by_verify_and_by_the_engine(desk: Desk, name: str) -> None:
    desk.run("pull", "small")
    (desk.place("small").final / name).unlink()

    assert verdicts(desk, status=1) == {"small": {name: "is missing"}}
    with pytest.raises(CannotRun, match=f"{name} is missing") as refused:
        folder_of("small", desk.store)
    assert refused.value.remedy == "Run: transcribid models pull small"


def test_a_cut_file_is_not_opened(desk: Desk) -> None:
    desk.run("pull", "small")
    with (desk.place("small").final / WEIGHTS).open("r+b") as weights:
        weights.truncate(1000)

    with pytest.raises(CannotRun, match=r"model\.bin has 1000 bytes instead of"):
        folder_of("small", desk.store)
    assert "incomplete: model.bin has 1000" in desk.run("list")


def test_a_damaged_manifest_is_told_and_mended(desk: Desk) -> None:
    desk.run("pull", "small")
    (desk.place("small").final / "manifest.json").write_text("{")

    said = desk.run("verify", status=1)
    assert "manifest.json cannot be read" in said
    assert "Run: transcribid models pull small" in said
    desk.run("pull", "small")
    assert verdicts(desk) == {"small": {}}


def test_a_folder_without_manifest_is_checked_as_far_as_it_goes(
    desk: Desk, tmp_path: Path
) -> None:
    own = folder(tmp_path)

    assert "no manifest to verify" in desk.run("verify", str(own))
    assert folder_of(str(own)) == own
    (own / WEIGHTS).write_bytes(POINTER)
    (own / "config.json").write_text("{'")
    assert verdicts(desk, str(own), status=1)[str(own)] == {
        WEIGHTS: "is only a git-lfs pointer, not the weights",
        "config.json": "is not JSON",
    }
    with pytest.raises(CannotRun, match="git-lfs pointer"):
        folder_of(str(own))


def test_a_folder_of_ones_own_needs_no_preprocessor_configuration(tmp_path: Path) -> None:
    own = folder(tmp_path)
    (own / "preprocessor_config.json").unlink()

    assert folder_of(str(own)) == own


def test_a_folder_that_somebody_put_into_the_store_has_its_name(desk: Desk) -> None:
    shutil.copytree(starter.MODEL, desk.store / "mine")

    assert folder_of("mine", desk.store) == desk.store / "mine"
    assert verdicts(desk, "mine") == {"mine": {}}


@pytest.mark.parametrize("name", ["../state", ".small.part", "/", ".."])
def test_a_name_does_not_lead_out_of_the_store(desk: Desk, name: str) -> None:
    desk.run("pull", "small")

    with pytest.raises(CannotRun):
        folder_of(name, desk.store)


def test_the_list_needs_no_network_and_marks_what_is_configured(desk: Desk) -> None:
    desk.run("pull", "turbo")
    desk.configure("turbo")

    told = json.loads(desk.run_alone("list", "--json", HF_ENDPOINT=NO_HUB))

    assert [(each["name"], each["where"], each["configured"]) for each in told] == [
        ("starter", "bundled", False),
        ("large-v3-turbo", "store", True),
    ]
    assert told[1]["revision"] == COMMIT
    assert COMMIT[:8] in desk.run("list")


def test_a_configured_model_that_is_not_here_is_told_with_the_command(desk: Desk) -> None:
    desk.configure("small")

    assert "Run: transcribid models pull small" in desk.run("list")
    with pytest.raises(CannotRun) as refused:
        folder_of("small", desk.store)
    assert refused.value.remedy == "Run: transcribid models pull small"


def test_a_configured_folder_is_listed(desk: Desk, tmp_path: Path) -> None:
    own = folder(tmp_path)
    desk.configure(str(own))

    assert json.loads(desk.run("list", "--json"))[-1]["configured"]


def test_what_another_program_fetched_is_listed_and_opened(desk: Desk) -> None:
    desk.fetched_by_another_program("Systran/faster-whisper-small")

    told = json.loads(desk.run_alone("list", "--json", HF_ENDPOINT=NO_HUB))
    assert (told[1]["name"], told[1]["where"]) == ("small", "Hugging Face cache")
    assert (told[1]["revision"], told[1]["problems"]) == (COMMIT, {})
    engine = "from transcribid.models.resolve import folder_of; print(folder_of('small'))"
    assert desk.python(engine, HF_ENDPOINT=NO_HUB).strip() == told[1]["folder"]


def test_verify_of_what_is_not_here_names_the_command(desk: Desk) -> None:
    assert "transcribid models pull tiny" in desk.run("verify", "tiny", status=1)
    assert "did you mean 'tiny'" in desk.run("verify", "tinny", status=2)
    assert "No models have been pulled" in desk.run("verify")


def test_a_misspelled_model_stops_the_engine_with_a_guess(desk: Desk) -> None:
    with pytest.raises(CannotRun, match="did you mean 'medium'"):
        folder_of("medum", desk.store)
