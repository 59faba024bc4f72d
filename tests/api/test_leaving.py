"""What becomes of recordings that came in forms, where finished ones stay in the inbox."""

from collections.abc import Iterator

import httpx
import pytest

from api.serving import PATIENCE, Serve, Served
from support.clips import clip
from support.daemon import wait_until

WAYS = {
    "/asr": "audio_file",
    "/detect-language": "audio_file",
    "/v1/audio/transcriptions": "file",
    "/v1/audio/translations": "file",
}


@pytest.fixture
def keeping(serve: Serve) -> Iterator[Served]:
    it = serve(after_success="keep").begin()
    yield it
    assert it.house.stop() == 0


def lying(it: Served) -> set[str]:
    """Recordings in the inbox, by what they were called before they got a number."""
    return {path.name.partition(".")[0] for path in it.house.inbox.rglob("*.wav")}


def sent(it: Served, path: str, name: str, content: bytes, **form: str) -> httpx.Response:
    with it.client() as http:
        files = {WAYS[path]: (f"{name}.wav", content)}
        return http.post(path, files=files, data=form)


def test_what_came_in_a_form_goes_once_it_was_answered(keeping: Served) -> None:
    """What failed, what nobody waited for, and what was uploaded stays."""
    house = keeping.house
    refused = sent(keeping, "/asr", "bad", b"no sound " * 99)
    with keeping.client() as http:
        http.post("/pause").raise_for_status()
        with pytest.raises(httpx.ReadTimeout):
            http.post("/asr", files={"audio_file": ("left.wav", clip())}, timeout=1.0)
        http.put("/inbox/put.wav", content=clip()).raise_for_status()
        http.post("/resume").raise_for_status()
    wait_until(lambda: len(house.events("job.done")) == 2, PATIENCE, house.last_words())

    for number, path in enumerate(WAYS):
        assert sent(keeping, path, f"talk{number}", clip()).status_code == 200
    streamed = sent(keeping, "/v1/audio/transcriptions", "stream", clip(), stream="true")

    assert "transcript.text.done" in streamed.text
    wait_until(lambda: lying(keeping) - {"bad"} == {"left", "put"}, PATIENCE, "all are gone")
    assert refused.status_code == 422
    assert [*house.root.rglob("bad.*.wav")]
