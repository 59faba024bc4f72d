"""Repositories with terms: whoever cannot have them is told all that is to be done."""

import subprocess
from pathlib import Path

import pytest

from support.desk import Desk
from support.hub import pipeline_files

NAME = "pyannote/speaker-diarization-community-1"
TOKEN = "hf_sEcReT0123456789"


@pytest.fixture(autouse=True)
def gated(desk: Desk) -> None:
    desk.hub.files = pipeline_files()
    desk.hub.gated = True


@pytest.fixture
def token(tmp_path: Path) -> str:
    path = tmp_path / "token"
    path.write_text(f"{TOKEN}\n")
    return str(path)


@pytest.mark.parametrize("coded", [True, False])
def test_without_a_token_one_is_told_how_to_get_in(desk: Desk, *, coded: bool) -> None:
    desk.hub.coded = coded

    said = desk.run("pull", "community-1", status=1)

    assert f"{desk.hub.address}/{NAME} and accept its terms, once" in said
    assert "Make a token that may read" in said
    assert "HF_TOKEN_FILE=PATH (or HF_TOKEN)" in said
    assert not desk.place(NAME).final.exists()


@pytest.mark.parametrize("coded", [True, False])
def test_a_token_whose_owner_did_not_accept_is_told_so(
    desk: Desk, token: str, *, coded: bool
) -> None:
    desk.hub.accepted, desk.hub.coded = False, coded

    said = desk.run("pull", NAME, status=1, HF_TOKEN_FILE=token)

    assert f"{desk.hub.address}/{NAME} as the token's owner and accept" in said
    assert "leave to read gated repositories" in said


def test_with_terms_accepted_the_same_command_goes_on(desk: Desk, token: str) -> None:
    desk.run("pull", NAME, status=1)

    desk.run("pull", NAME, HF_TOKEN_FILE=token)

    assert "is intact" in desk.run("verify", NAME)


@pytest.mark.parametrize("accepted", [True, False])
def test_the_token_is_told_to_the_hub_alone(
    desk: Desk, token: str, tmp_path: Path, *, accepted: bool
) -> None:
    desk.hub.accepted = accepted

    done = subprocess.run(
        desk.command("pull", NAME),
        env=desk.environment(HF_TOKEN_FILE=token),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == (0 if accepted else 1)
    assert desk.hub.asked[-1][1]["Authorization"] == f"Bearer {TOKEN}"
    assert TOKEN not in done.stdout + done.stderr
    kept = [path for path in tmp_path.rglob("*") if path.is_file() and str(path) != token]
    assert not [path for path in kept if TOKEN.encode() in path.read_bytes()]
