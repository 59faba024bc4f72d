"""With `after_success: keep` a library stays as it is, whatever becomes of its recordings."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from support.clips import clip
from support.daemon import House, wait_until
from transcribid.web.address import reachable

pytestmark = pytest.mark.slow

PATIENCE = 60.0
BESIDE = ("srt", "nfo", "jpg", "png", "url", "txt", "pdf", "json")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with House(
        tmp_path_factory.mktemp("library"),
        watch={"quiet": "500ms", "grace": "1s"},
        after_success="keep",
    ) as house:
        begin(house)
        yield house
        assert house.stop() == 0


def begin(house: House, before: int = 0) -> None:
    """`before`: engines that an earlier daemon had."""
    house.start()
    wait_until(lambda: len(house.events("engine.ready")) > before, PATIENCE, "an engine")


def get(house: House, path: str) -> Any:
    with (
        reachable(house.state) as address,
        httpx.Client(transport=httpx.HTTPTransport(uds=address), timeout=PATIENCE) as http,
    ):
        return http.get(f"http://daemon{path}").raise_for_status().json()


def jobs(house: House, state: str) -> dict[str, dict[str, Any]]:
    """The youngest of each file."""
    answer = get(house, f"/jobs?state={state}")
    return {job["name"]: job for job in reversed(answer)}


def there(house: House, name: str) -> None:
    wait_until((house.root / name).exists, PATIENCE, f"{name} came; {house.last_words()}")


def files(folder: Path) -> set[str]:
    found = [path.relative_to(folder) for path in folder.rglob("*") if path.is_file()]
    return {str(path) for path in found if not path.name.startswith(".transcribid")}


def test_a_film_keeps_what_lies_beside_it(house: House) -> None:
    for suffix in BESIDE:
        house.drop(f"film/film.{suffix}", b"of the film")
    house.drop("film/film.wav", clip())
    there(house, "outbox/film/film.json")
    wait_until(lambda: "film/film.wav" in jobs(house, "done"), PATIENCE)

    assert files(house.inbox / "film") == {f"film.{each}" for each in (*BESIDE, "wav")}
    assert files(house.outbox / "film") == {f"film.{each}" for each in ("txt", "srt", "json")}
    assert not [name for name in files(house.quarantine) if "film" in name]
    reasons = {each["name"]: each["reason"] for each in get(house, "/skipped")}
    assert set(reasons) == {f"film/film.{suffix}" for suffix in BESIDE}
    assert "subtitles" in reasons["film/film.srt"]
    assert "subtitles" in house.asked("queue", "--skipped")
    assert get(house, "/status")["skipped"] == len(BESIDE)


def test_what_cannot_be_transcribed_is_blocked_until_it_is_retried_or_changed(
    house: House,
) -> None:
    house.drop("bad.mp3", b"nonsense " * 99)
    wait_until(lambda: "bad.mp3" in jobs(house, "blocked"), PATIENCE, house.last_words())
    first = jobs(house, "blocked")["bad.mp3"]

    assert files(house.quarantine) == {"bad.mp3.report.txt"}
    assert "It stays in the inbox" in (house.quarantine / "bad.mp3.report.txt").read_text()
    assert first["remedy"]
    assert "bad.mp3" in house.asked("queue", "--state", "blocked")

    assert house.stop() == 0
    begin(house, len(house.events("engine.ready")))
    house.drop("after.wav", clip())
    there(house, "outbox/after.json")
    assert jobs(house, "blocked")["bad.mp3"]["id"] == first["id"]

    house.asked("retry", str(first["id"]))
    wait_until(
        lambda: jobs(house, "blocked").get("bad.mp3", first)["id"] != first["id"], PATIENCE
    )
    assert (house.inbox / "bad.mp3").read_bytes() == b"nonsense " * 99

    house.drop("bad.mp3", clip())
    there(house, "outbox/bad.json")
    wait_until(lambda: not files(house.quarantine), PATIENCE, "the report is about the past")


def test_a_lost_ledger_costs_no_second_transcript(house: House) -> None:
    for name in ("same.wav", "edited.wav", "requested.wav"):
        house.drop(f"lost/{name}", clip())
    for name in ("same", "edited", "requested"):
        there(house, f"outbox/lost/{name}.json")
    assert house.stop() == 0
    shutil.rmtree(house.state)
    (house.outbox / "lost/edited.srt").write_text("corrected by hand")
    requested = house.outbox / "lost/requested.json"
    told = json.loads(requested.read_text())
    requested.write_text(
        json.dumps(told | {"options": told["options"] | {"task": "translate"}})
    )
    before = {name: (house.outbox / name).read_bytes() for name in files(house.outbox)}

    begin(house, len(house.events("engine.ready")))
    there(house, "outbox/lost/requested.wav.json")
    wait_until(lambda: "lost/edited.wav" in jobs(house, "done"), PATIENCE)
    wait_until(lambda: "lost/same.wav" in jobs(house, "done"), PATIENCE)

    assert (
        before.items()
        <= {name: (house.outbox / name).read_bytes() for name in files(house.outbox)}.items()
    )
    new = files(house.outbox) - set(before)
    assert new == {f"lost/requested.wav.{suffix}" for suffix in ("txt", "srt", "json")}
    done = jobs(house, "done")["lost/same.wav"]
    assert (done["verdict"], done["attempt"]) == ("good", 0)
    history = get(house, f"/jobs/{done['id']}")["history"]
    assert [moment["event"] for moment in history] == ["Admitted", "Recognised"]
