"""Pipelines that tell speakers apart: pulled into sub-folders, listed, checked and found."""

import json
import os
from pathlib import Path

import pytest

from support.desk import Desk
from support.hub import COMMIT, EMBEDDING, SEGMENTATION, pipeline_files
from transcribid import starter
from transcribid.diarizer.folder import folder_of
from transcribid.models import check, resolve
from transcribid.models.kinds import PIPELINE
from transcribid.protocol.errors import CannotRun

NAME = "pyannote/speaker-diarization-community-1"
NEWER = "f" * 40


@pytest.fixture(autouse=True)
def pipelines(desk: Desk) -> None:
    desk.hub.files = pipeline_files()


def whole(folder: Path) -> bool:
    return not check.thorough(folder, lambda _: None)


def files_of(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_just_what_makes_up_a_pipeline_is_fetched_into_its_sub_folders(desk: Desk) -> None:
    desk.run_alone("pull", NAME)

    folder = desk.place(NAME).final
    assert files_of(folder) == {*PIPELINE.files, "manifest.json"}
    assert (folder / EMBEDDING).read_bytes() == desk.hub.files[EMBEDDING]
    assert folder_of(NAME, desk.store) == folder
    assert whole(folder)


def test_its_short_name_is_the_same_pipeline(desk: Desk) -> None:
    desk.run("pull", "community-1")
    sent = desk.hub.sent.total()

    assert "already complete" in desk.run("pull", NAME)
    assert desk.hub.sent.total() == sent
    assert folder_of("community-1", desk.store) == folder_of(NAME, desk.store)


def test_a_file_in_a_sub_folder_goes_on_where_the_connection_broke(desk: Desk) -> None:
    desk.hub.weights, desk.hub.cut_at = EMBEDDING, 1 << 17

    desk.run("pull", NAME)

    assert whole(desk.place(NAME).final)
    assert desk.hub.sent[EMBEDDING] == len(desk.hub.files[EMBEDDING])


def test_a_newer_revision_leaves_nothing_of_the_older(desk: Desk) -> None:
    desk.run("pull", NAME)
    desk.place(NAME).part.mkdir()
    (desk.place(NAME).part / "older").mkdir()
    (desk.place(NAME).part / "older" / "pytorch_model.bin").touch()
    desk.hub.commit = NEWER
    desk.hub.files["config.yaml"] += b"# newer\n"

    desk.run("pull", NAME)

    folder = desk.place(NAME).final
    assert files_of(folder) == {*PIPELINE.files, "manifest.json"}
    assert not (folder / "older").exists()
    assert desk.hub.sent[SEGMENTATION] == len(desk.hub.files[SEGMENTATION])


@pytest.mark.parametrize("name", ["../evil", "segmentation/../../evil", "/tmp/evil", "plda/x"])
def test_names_from_the_network_lead_nowhere(desk: Desk, tmp_path: Path, name: str) -> None:
    desk.hub.files[name] = b"evil"

    desk.run("pull", NAME)

    assert name not in desk.hub.sent
    assert files_of(desk.store) == {
        f".{desk.place(NAME).final.name}.lock",
        *(f"{desk.place(NAME).final.name}/{each}" for each in PIPELINE.files),
        f"{desk.place(NAME).final.name}/manifest.json",
    }


@pytest.mark.parametrize("name", PIPELINE.needed)
def test_what_a_repository_lacks_is_named_before_anything_is_fetched(
    desk: Desk, name: str
) -> None:
    del desk.hub.files[name]

    said = desk.run("pull", "some/pipeline", status=1)

    assert f"does not hold a pipeline of pyannote.audio: it lacks {name}." in said
    assert not desk.hub.sent


@pytest.mark.parametrize("name", PIPELINE.needed)
def test_what_is_missing_is_named_by_verify_by_the_list_and_by_the_diarizer(
    desk: Desk, name: str
) -> None:
    desk.run("pull", NAME)
    (desk.place(NAME).final / name).unlink()

    assert f"{NAME} is damaged: {name} is missing" in desk.run("verify", status=1)
    assert f"incomplete: {name} is missing" in desk.run("list")
    with pytest.raises(CannotRun, match=f"{name} is missing") as refused:
        folder_of(NAME, desk.store)
    assert refused.value.remedy == f"Run: transcribid models pull {NAME}"


def test_a_flipped_bit_is_found_and_mended_by_the_command_it_names(desk: Desk) -> None:
    desk.run("pull", NAME)
    damaged = desk.place(NAME).final / SEGMENTATION
    content = bytearray(damaged.read_bytes())
    content[1000] ^= 1
    damaged.write_bytes(content)

    said = desk.run("verify", NAME, status=1)
    assert f"{SEGMENTATION} is not what was fetched" in said
    assert f"transcribid models pull {NAME} --revision {COMMIT}" in said
    desk.run("pull", NAME, "--revision", COMMIT)
    assert f"{NAME} is intact" in desk.run("verify")


def test_the_list_tells_the_kinds_apart_and_marks_what_is_configured(desk: Desk) -> None:
    desk.run("pull", NAME)

    told = json.loads(desk.run("list", "--json"))

    assert [(each["name"], each["kind"], each["configured"]) for each in told] == [
        ("starter", "whisper", True),
        (NAME, "pipeline", True),
    ]
    assert told[1]["size"] == sum(len(desk.hub.files[name]) for name in PIPELINE.files)
    assert "pipeline" in desk.run("list")


def test_a_wanted_pipeline_that_is_not_here_is_told_with_the_command(desk: Desk) -> None:
    assert NAME not in desk.run("list")
    with desk.configuration.open("a") as file:
        file.write("rules: [{match: '*', diarization: {enabled: true}}]\n")

    assert f"Run: transcribid models pull {NAME}" in desk.run("list")


def test_what_another_program_fetched_is_listed_and_found(desk: Desk) -> None:
    desk.fetched_by_another_program(NAME)

    told = json.loads(desk.run_alone("list", "--json"))[1]
    assert (told["name"], told["kind"], told["problems"]) == (NAME, "pipeline", {})
    diarizer = (
        "from pathlib import Path; from transcribid.diarizer.folder import folder_of;"
        f"print(folder_of({NAME!r}, Path('nowhere')))"
    )
    assert desk.python(diarizer).strip() == told["folder"]


def own(folder: Path, *, config: str = "", **parts: bytes) -> Path:
    for name, content in pipeline_files().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(parts.get(path.stem, content))
    if config:
        (folder / "config.yaml").write_text(config)
    return folder


def test_a_copied_folder_is_checked_as_far_as_it_goes(desk: Desk, tmp_path: Path) -> None:
    cut = pipeline_files()["plda/plda.npz"][:-100]
    pointer = b"version https://git-lfs.github.com/spec/v1\n"
    folder = own(tmp_path / "own", plda=cut, pytorch_model=pointer)

    assert dict(check.quick(folder)) == {
        SEGMENTATION: "is only a git-lfs pointer, not the weights",
        EMBEDDING: "is only a git-lfs pointer, not the weights",
        "plda/plda.npz": "is cut off",
    }
    assert check.quick(own(tmp_path / "bad", config="a: ["))["config.yaml"] == "is not YAML"
    assert "no manifest" in desk.run("verify", os.fspath(own(tmp_path / "good")))


def test_a_pipeline_of_ones_own_may_have_its_parts_elsewhere(tmp_path: Path) -> None:
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "config.yaml").write_text("pipeline: {params: {segmentation: /srv/x.bin}}\n")

    assert not check.quick(folder)
    assert folder_of(os.fspath(folder), None) == folder
    (folder / "config.yaml").write_text("pipeline: {params: {plda: $model/plda}}\n")
    assert list(check.quick(folder)) == ["plda/plda.npz", "plda/xvec_transform.npz"]


def test_a_folder_of_nobody_we_know_is_refused_with_a_remedy() -> None:
    with pytest.raises(CannotRun, match="no pipeline folder ~nobody-is-called-so/x") as refused:
        folder_of("~nobody-is-called-so/x", None)

    assert refused.value.remedy == "Fix diarization.model."


def test_each_engine_refuses_the_other_kind(desk: Desk) -> None:
    desk.run("pull", NAME)
    with pytest.raises(CannotRun, match="not a Whisper model") as refused:
        resolve.folder_of(NAME, desk.store)
    assert refused.value.remedy == "Correct engine.model."

    desk.hub.files = {path.name: path.read_bytes() for path in starter.MODEL.iterdir()}
    desk.run("pull", "small")
    with pytest.raises(CannotRun, match=r"not a pipeline of pyannote\.audio"):
        folder_of("small", desk.store)


def test_an_empty_folder_in_the_store_lacks_what_is_wanted_of_it(desk: Desk) -> None:
    desk.place(NAME).final.mkdir(parents=True)

    with pytest.raises(CannotRun, match=r"incomplete: config\.yaml is missing"):
        folder_of(NAME, desk.store)
    with pytest.raises(CannotRun, match=r"incomplete: model\.bin is missing"):
        resolve.folder_of(NAME, desk.store)


def test_a_pipeline_that_is_not_here_is_told_with_the_command(desk: Desk) -> None:
    with pytest.raises(CannotRun, match="is not on this machine") as refused:
        folder_of("community-1", desk.store)
    assert refused.value.remedy == "Run: transcribid models pull community-1"
    with pytest.raises(CannotRun, match="did you mean 'community-1'"):
        folder_of("comunity-1", desk.store)
