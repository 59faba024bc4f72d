"""What the player gets: a job's own recording, and nothing else."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from support.clips import clip
from support.daemon import House, wait_until

pytestmark = pytest.mark.page


@pytest.fixture
def http(address: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=address) as client:
        yield client


def _put(http: httpx.Client, name: str, content: bytes) -> int:
    return int(http.put(f"/inbox/{name}", content=content).json()["job"])


def _ended(http: httpx.Client, job: int) -> dict[str, Any]:
    def state() -> str:
        return str(http.get(f"/jobs/{job}").json()["state"])

    wait_until(lambda: state() in ("done", "quarantined"), 60.0, f"job {job} ends")
    return dict(http.get(f"/jobs/{job}").json())


def test_it_can_begin_anywhere(http: httpx.Client) -> None:
    content = clip()
    job = _put(http, "anywhere.wav", content)
    _ended(http, job)

    answer = http.get(f"/jobs/{job}/audio", headers={"Range": "bytes=100-199"})

    assert answer.status_code == 206
    assert answer.content == content[100:200]
    assert answer.headers["content-type"] == "audio/wav"


def test_two_of_one_name_are_told_apart(http: httpx.Client, house: House) -> None:
    first, second = clip(), clip(tail=64)
    jobs: list[int] = []
    for content in (first, second):
        jobs.append(_put(http, "twin.wav", content))
        _ended(http, jobs[-1])
    assert (house.archive / "twin (2).wav").exists()

    heard = [http.get(f"/jobs/{job}/audio").content for job in jobs]

    assert heard == [first, second]


def test_what_is_no_sound_is_only_saved(http: httpx.Client) -> None:
    picture = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>" * 20
    job = _put(http, "picture.svg", picture)
    assert _ended(http, job)["state"] == "quarantined"

    answer = http.get(f"/jobs/{job}/audio")

    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment")


def test_what_is_gone_is_not_replaced_by_another(
    http: httpx.Client, house: House, tmp_path: Path
) -> None:
    content = clip()
    job = _put(http, "gone.wav", content)
    _ended(http, job)
    secret = tmp_path / "secret"
    secret.write_bytes(content)
    kept = house.archive / "gone.wav"
    kept.unlink()
    kept.symlink_to(secret)

    assert http.get(f"/jobs/{job}/audio").status_code == 410
    kept.unlink()
    kept.write_bytes(b"another recording")
    assert http.get(f"/jobs/{job}/audio").status_code == 410
    assert http.get("/jobs/99999/audio").status_code == 404
