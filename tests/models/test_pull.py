"""Pulling a model from a hub that breaks in every way a network can."""

import json
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from support.daemon import wait_until
from support.desk import Desk
from support.hub import COMMIT, WEIGHTS, Hub, starter_files
from transcribid import starter
from transcribid.engine.engine import WhisperEngine
from transcribid.models import check
from transcribid.models.resolve import folder_of
from transcribid.protocol.engine import Settings

pytestmark = pytest.mark.slow

SIZE = (starter.MODEL / WEIGHTS).stat().st_size
MIDDLE = SIZE // 2
NEWER = "f" * 40


def whole(folder: Path) -> bool:
    return not check.thorough(folder, lambda _: None)


def leftovers(desk: Desk) -> list[str]:
    return sorted(path.name for path in desk.store.glob(".*") if path.suffix != ".lock")


def test_a_pulled_model_is_the_one_that_the_engine_opens(desk: Desk) -> None:
    said = desk.run_alone("pull", "small")

    folder = folder_of("small", desk.store)
    assert folder == desk.place("small").final
    assert str(folder) in said
    assert COMMIT in said
    with WhisperEngine(Settings(str(folder), "cpu", "int8")) as engine:
        assert engine.performer.device == "cpu"
    assert whole(folder)
    assert leftovers(desk) == []


def test_only_what_makes_up_a_model_is_fetched(desk: Desk) -> None:
    desk.run("pull", "someone/model")

    names = {path.name for path in desk.place("someone/model").final.iterdir()}
    assert names == {path.name for path in starter.MODEL.iterdir()} | {"manifest.json"}


def test_the_manifest_says_what_was_fetched_from_where(desk: Desk) -> None:
    desk.run("pull", "turbo")

    said = json.loads((desk.place("large-v3-turbo").final / "manifest.json").read_text())
    assert said["name"] == "large-v3-turbo"
    assert said["repository"] == "mobiuslabsgmbh/faster-whisper-large-v3-turbo"
    assert said["revision"] == COMMIT
    assert said["files"][WEIGHTS]["size"] == SIZE


def test_a_model_without_a_preprocessor_configuration_is_whole(desk: Desk) -> None:
    del desk.hub.files["preprocessor_config.json"]

    desk.run("pull", "small")

    with WhisperEngine(Settings(str(folder_of("small", desk.store)), "cpu", "int8")) as engine:
        assert engine.performer.device == "cpu"


def test_a_second_pull_fetches_nothing(desk: Desk) -> None:
    desk.run("pull", "small")
    sent = desk.hub.sent.total()

    assert "already complete" in desk.run("pull", "small")
    assert desk.hub.sent.total() == sent
    assert leftovers(desk) == []


def test_a_connection_cut_in_the_middle_goes_on_where_it_broke(desk: Desk) -> None:
    desk.hub.cut_at = MIDDLE

    desk.run("pull", "small")

    assert whole(desk.place("small").final)
    assert desk.hub.sent[WEIGHTS] == SIZE


def test_a_busy_hub_is_asked_again(desk: Desk) -> None:
    desk.hub.busy = 1

    desk.run("pull", "small")

    assert whole(desk.place("small").final)


def test_a_hub_that_begins_only_at_the_beginning_is_obeyed(desk: Desk) -> None:
    desk.hub.cut_at, desk.hub.ranges = MIDDLE, False

    desk.run("pull", "small")

    assert whole(desk.place("small").final)
    assert desk.hub.sent[WEIGHTS] > SIZE


def test_a_bit_flipped_on_the_way_is_refused(desk: Desk) -> None:
    desk.hub.damage = True

    said = desk.run("pull", "small", status=1)

    assert "What came as model.bin is not what" in said
    assert not desk.place("small").final.exists()
    desk.hub.damage = False
    desk.run("pull", "small")
    assert whole(desk.place("small").final)


def test_a_small_file_changed_on_the_way_is_refused(desk: Desk) -> None:
    desk.run("pull", "small")
    siblings = desk.hub.siblings()
    desk.hub.commit = NEWER
    desk.hub.siblings = lambda: siblings
    desk.hub.files["config.json"] = desk.hub.files["config.json"].replace(b"0", b"1", 1)

    assert "What came as config.json is not" in desk.run("pull", "small", status=1)
    assert whole(desk.place("small").final)


def killed_in_the_middle(desk: Desk) -> None:
    desk.hub.stalls_at = MIDDLE
    with subprocess.Popen(
        desk.command("pull", "small"), env=desk.environment(), stderr=subprocess.DEVNULL
    ) as pull:
        part = desk.place("small").part
        wait_until(lambda: any(_size(each) >= MIDDLE for each in part.glob("*.part")), 60.0)
        pull.send_signal(signal.SIGKILL)
    desk.hub.stalls_at = None
    wait_until(lambda: desk.hub.idle, 60.0, "it noticed that nobody listens")


def _size(path: Path) -> int:
    return path.stat().st_size


def test_after_a_kill_nothing_is_installed_and_the_next_pull_goes_on(desk: Desk) -> None:
    killed_in_the_middle(desk)
    models = json.loads(desk.run_alone("list", "--json"))
    assert [model["name"] for model in models] == ["starter"]
    before = desk.hub.sent[WEIGHTS]

    desk.run_alone("pull", "small")

    assert whole(desk.place("small").final)
    assert desk.hub.sent[WEIGHTS] - before <= SIZE - MIDDLE
    assert leftovers(desk) == []


def test_what_a_power_cut_left_damaged_is_fetched_anew(desk: Desk) -> None:
    killed_in_the_middle(desk)
    (part,) = desk.place("small").part.glob(f"{WEIGHTS}.*")
    part.write_bytes(bytes(part.stat().st_size))

    desk.run("pull", "small")

    assert whole(desk.place("small").final)


def test_two_pulls_of_a_model_do_not_mix(desk: Desk) -> None:
    desk.hub.stalls_at = MIDDLE
    with subprocess.Popen(
        desk.command("pull", "small"), env=desk.environment(), stdout=subprocess.DEVNULL
    ) as first:
        wait_until(lambda: desk.hub.sent[WEIGHTS] >= MIDDLE, 60.0)
        assert "Another pull of small" in desk.run_alone("pull", "small", status=1)
        desk.hub.stalls_at = None
    assert first.returncode == 0
    assert whole(desk.place("small").final)


def test_a_newer_revision_replaces_the_older_and_reuses_the_same_weights(desk: Desk) -> None:
    desk.run("pull", "small")
    desk.hub.commit = NEWER
    desk.hub.files["config.json"] += b"\n"

    assert NEWER in desk.run("pull", "small")

    folder = desk.place("small").final
    assert (folder / "config.json").read_bytes() == desk.hub.files["config.json"]
    assert whole(folder)
    assert desk.hub.sent[WEIGHTS] == SIZE
    assert leftovers(desk) == []


def test_a_crash_between_the_two_renames_leaves_the_older_model_in_use(desk: Desk) -> None:
    desk.run("pull", "small")
    place = desk.place("small")
    place.final.rename(place.aside)

    assert folder_of("small", desk.store) == place.aside
    assert "store" in desk.run("list")
    desk.run("pull", "small")
    assert folder_of("small", desk.store) == place.final
    assert leftovers(desk) == []


def test_a_revision_can_be_pinned(desk: Desk) -> None:
    desk.run("pull", "small", "--revision", COMMIT)

    assert "has no revision 'v9'" in desk.run("pull", "small", "--revision", "v9", status=1)
    assert whole(desk.place("small").final)


def test_a_folder_that_no_pull_made_is_not_replaced(desk: Desk) -> None:
    shutil.copytree(starter.MODEL, desk.place("small").final)

    assert "no pull put it there" in desk.run("pull", "small", status=1)
    assert folder_of("small", desk.store) == desk.place("small").final


def test_a_token_goes_to_the_hub_and_to_nobody_else(desk: Desk, tmp_path: Path) -> None:
    desk.hub.gated = True
    (tmp_path / "token").write_text("hf_secret\n")
    with Hub() as other:
        desk.hub.elsewhere = other.address
        assert "accepted its terms" in desk.run("pull", "some/model", status=1)
        said = desk.run("pull", "some/model", HF_TOKEN_FILE=str(tmp_path / "token"))

    assert "secret" not in said
    assert desk.hub.asked[-1][1]["Authorization"] == "Bearer hf_secret"
    assert other.sent[WEIGHTS] == SIZE
    assert not any("Authorization" in headers for _, headers in other.asked)


def test_a_token_that_cannot_be_one_is_not_printed(desk: Desk) -> None:
    said = desk.run("pull", "small", status=1, HF_TOKEN="hf_sec\nret")

    assert "no token has" in said
    assert "sec" not in said


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("nobody/nothing", "There is no repository nobody/nothing"),
        ("smal", "did you mean 'small'"),
        ("./small", "There is no folder ./small"),
    ],
)
def test_a_wrong_name_is_answered_with_a_sentence(desk: Desk, name: str, answer: str) -> None:
    desk.hub.missing = ("nobody/nothing",)

    said = desk.run("pull", name, status=1 if "/nothing" in name else 2)

    assert answer in said


def test_a_repository_of_something_else_is_refused_before_anything_is_fetched(
    desk: Desk,
) -> None:
    desk.hub.files = {"pytorch_model.bin": b"x", "config.json": b"{}"}

    said = desk.run("pull", "some/model", status=1)

    assert "it lacks model.bin, tokenizer.json, vocabulary.json" in said
    assert not desk.hub.sent


def test_without_a_network_a_pull_says_so_at_once(desk: Desk) -> None:
    said = desk.run_alone("pull", "small", status=1, HF_ENDPOINT="http://127.0.0.1:1")

    assert "cannot be reached" in said


@pytest.mark.parametrize(
    ("name", "value", "answer"),
    [
        ("HTTPS_PROXY", "ftp://proxy:1", "A proxy in the environment cannot be used"),
        ("HF_TOKEN_FILE", "/nonexistent/token", "HF_TOKEN_FILE cannot be read"),
    ],
)
def test_a_wrong_environment_is_answered_with_a_sentence(
    desk: Desk, name: str, value: str, answer: str
) -> None:
    assert answer in desk.run("pull", "small", status=1, **{name: value})


def test_what_needs_no_pull_is_told_so(desk: Desk) -> None:
    assert "is bundled with transcribid" in desk.run("pull", "starter")
    assert "is a local folder" in desk.run("pull", str(starter.MODEL))
    assert not desk.hub.asked


def test_a_model_larger_than_the_disk_is_not_begun(desk: Desk) -> None:
    siblings = desk.hub.siblings()
    for sibling in siblings:
        if sibling["rfilename"] == WEIGHTS:
            sibling["size"] = 1 << 60
    desk.hub.siblings = lambda: siblings

    assert "has room for" in desk.run("pull", "small", status=1)
    assert not desk.hub.sent


def test_a_page_that_is_no_hub_is_told_apart(desk: Desk) -> None:
    desk.hub.siblings = lambda: [{"login": "please"}]

    assert "is not a hub of models" in desk.run("pull", "small", status=1)


def test_the_hub_of_these_tests_satisfies_the_hubs_own_client(desk: Desk) -> None:
    got = desk.fetched_by_another_program("some/model")

    assert {path.name: path.read_bytes() for path in got.iterdir()} == starter_files()
