import json
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from transcribid.cli.config import app


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "transcribid.yaml"
    path.write_text(
        "folders: {outbox: /srv/outbox}\nrules:\n- match: talks/*\n  language: es\n"
    )
    return path


@pytest.fixture(autouse=True)
def _nothing_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("TRANSCRIBID_", "WHISPER_", "SERVICE_PORT")):
            monkeypatch.delenv(name)


def transcribid_config(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_check_says_that_all_is_well(file: Path):
    result = transcribid_config("check", "--config", file)

    assert result.exit_code == 0
    assert result.stdout == f"{file} is valid.\n"


@pytest.mark.parametrize("command", [["check"], ["show"], ["explain", "talk.mp3"]])
def test_a_wrong_configuration_is_reported_and_exits_78(file: Path, command: list[str]):
    file.write_text("engine:\n  devise: cuda\n")

    result = transcribid_config(*command, "--config", file)

    assert result.exit_code == 78
    assert result.stdout == ""
    assert result.stderr == f"{file}:2: engine.devise: unknown key, did you mean 'device'?\n"


def test_show_prints_each_value_with_its_origin(file: Path):
    lines = transcribid_config("show", "--config", file).stdout.splitlines()

    assert [" ".join(line.split()) for line in lines if "file" not in line][:3] == [
        "folders:",
        f"inbox: {file.parent}/inbox # default",
        f"outbox: /srv/outbox # {file}:1",
    ]
    assert [line.split() for line in lines if "language: es" in line] == [
        ["language:", "es", "#", f"{file}:4"]
    ]


def test_show_speaks_json(file: Path):
    answer = json.loads(transcribid_config("show", "--json", "--config", file).stdout)

    assert answer["config"]["folders"]["outbox"] == "/srv/outbox"
    assert answer["config"]["rules"] == [{"match": "talks/*", "language": "es"}]
    assert answer["origins"]["folders.outbox"] == f"{file}:1"
    assert answer["origins"]["engine.model"] == "default"


def test_no_secret_is_shown_nor_repeated(file: Path):
    secrets = (
        "web: {token: sesame-123}\nhooks: {secret: pepper, urls: ['https://a/b?k=salt']}\n"
    )
    file.write_text(secrets)
    told = [transcribid_config("show", *more, "--config", file) for more in ([], ["--json"])]
    file.write_text("web: {token: 20261126}\nhooks: {secret: [pepper]}\n")
    told.append(transcribid_config("check", "--config", file))

    for result in told:
        for secret in ("sesame", "pepper", "salt", "20261126"):
            assert secret not in result.stdout + result.stderr
    assert json.loads(told[1].stdout)["config"]["hooks"]["urls"] == ["https://(hidden)"]
    assert told[2].exit_code == 78


def test_the_schema_is_json():
    assert json.loads(transcribid_config("schema").stdout)["title"] == "Config"


@pytest.mark.parametrize("below", ["talks/a.mp3", "inbox/talks/a.mp3"])
def test_explain_takes_a_path_or_the_one_below_the_inbox(
    file: Path, below: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(file.parent)

    for path in (below, file.parent / "inbox/talks/a.mp3"):
        result = transcribid_config("explain", path, "--json", "--config", file)
        assert json.loads(result.stdout)["language"] == {"value": "es", "origin": f"{file}:4"}


def test_explain_prints_a_line_for_each_option(file: Path):
    lines = transcribid_config("explain", "talks/a.mp3", "--config", file).stdout.splitlines()

    assert [line.split() for line in lines][:2] == [
        ["language:", "es", "#", f"{file}:4"],
        ["languages:", "[]", "#", "default"],
    ]


def test_explain_draws_a_table_on_a_terminal(file: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("FORCE_COLOR", "1")

    result = transcribid_config("explain", "talks/a.mp3", "--config", file)

    assert "set by" in result.stdout


def test_explain_reports_a_wrong_sidecar_and_exits_78(file: Path):
    sidecar = file.parent / "inbox/talk.mp3.yaml"
    sidecar.parent.mkdir()
    sidecar.write_text("language: klingon\n")

    result = transcribid_config("explain", "talk.mp3", "--config", file)

    assert result.exit_code == 78
    assert result.stderr.startswith(f"{sidecar}:1: language: unknown language 'klingon'")


def test_explain_refuses_a_path_outside_the_inbox(file: Path):
    result = transcribid_config("explain", "/etc/talk.mp3", "--config", file)

    assert result.exit_code == 2
    assert "is not under the inbox" in result.stderr
