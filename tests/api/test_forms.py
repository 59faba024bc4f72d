"""multipart/form-data as it comes, and as it should not."""

import json

import httpx
import pytest

from api.serving import PATIENCE, Serve, Served
from support.clips import SAID, clip
from support.daemon import wait_until

WHERE = "/v1/audio/transcriptions"
FORM = "multipart/form-data; boundary=edge"


def part(name: str, content: bytes, filename: str | None = None) -> bytes:
    told = f'; filename="{filename}"' if filename is not None else ""
    head = f'--edge\r\nContent-Disposition: form-data; name="{name}"{told}\r\n\r\n'
    return head.encode() + content + b"\r\n"


def strange(told: str) -> bytes:
    """A part that says of itself what no client would."""
    return f"--edge\r\nContent-Disposition: form-data; {told}\r\n\r\nx\r\n".encode()


def post(http: httpx.Client, *parts: bytes, kind: str = FORM) -> httpx.Response:
    return http.post(WHERE, content=b"".join(parts), headers={"Content-Type": kind})


def uploads(daemon: Served) -> list[str]:
    folder = daemon.house.inbox / "uploads"
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


@pytest.fixture
def nothing_stays(daemon: Served, paused: None):
    before = uploads(daemon)
    yield
    assert uploads(daemon) == before


END = b"--edge--\r\n"


@pytest.mark.parametrize(
    ("parts", "kind", "status"),
    [
        ((part("file", b"one", "a.wav"), part("file", b"two", "b.wav"), END), FORM, 422),
        ((part("file", b"one", "a.wav"), part("other", b"two", "b.wav"), END), FORM, 422),
        ((part("model", b"whisper-1"), END), FORM, 422),
        ((part("file", b"no file at all"), END), FORM, 422),
        ((END,), FORM, 422),
        ((b"",), FORM, 422),
        ((b"no form",), FORM, 422),
        ((part("file", b"cut", "a.wav")[:-4],), FORM, 422),
        ((part("file", b"one", "a.wav"), END), "multipart/form-data", 415),
        ((part("file", b"one", "a.wav"), END), "multipart/form-data; boundary=", 422),
        ((part("file", b"one", "a.wav"), END), "multipart/form-data; boundary=other", 422),
        ((b'{"file": "x"}',), "application/json", 415),
        ((b"RIFF",), "", 415),
        ((part("prompt", bytes(1 << 20)), END), FORM, 413),
        ((part("file", b"one", "a.wav"), part("prompt", bytes(1 << 20)), END), FORM, 413),
        (tuple(part(f"f{n}", b"x") for n in range(5000)), FORM, 413),
        ((part("x" * 200_000, b""), END), FORM, 422),
        ((strange("filename*=x; filename*0=y"), END), FORM, 422),
        ((strange("name*0=fi; name*=le"), END), FORM, 422),
        ((strange("name*=idna''x; filename*=punycode''%ff"), END), FORM, 422),
        ((END,), "multipart/form-data; boundary*=X; boundary*0=Y", 415),
        ((END,), f"multipart/form-data; boundary={'x' * 257}", 422),
        ((part("file", b"1", "a.wav"), part("response_format", b"pdf"), END), FORM, 422),
        ((part("file", b"1", "a.wav"), part("language", b"klingon"), END), FORM, 422),
    ],
)
def test_what_is_no_form_with_one_file_is_refused_and_leaves_nothing(
    http: httpx.Client, nothing_stays: None, parts: tuple[bytes, ...], kind: str, status: int
) -> None:
    answer = post(http, *parts, kind=kind)

    assert answer.status_code == status, answer.text[:500]
    assert len(answer.json()["detail"]) > 10


@pytest.mark.parametrize(
    "name",
    ["../../../etc/passwd", "ñ.wav", "", ".", "x" * 300 + ".wav", "a\\..\\b.wav", ".part"],
)
def test_the_name_of_a_file_leads_nowhere_else(
    daemon: Served, http: httpx.Client, name: str
) -> None:
    before = set(uploads(daemon))
    answer = post(http, part("file", clip(), name), END)

    assert answer.status_code in (200, 422), answer.text
    assert not [each for each in set(uploads(daemon)) - before if ".." in each]
    outside = {path.name for path in daemon.house.root.iterdir()}
    assert outside <= {
        "inbox", "outbox", "archive", "quarantine", "state", "log", "transcribid.yaml"
    }  # fmt: skip


def test_fields_may_come_after_the_file(http: httpx.Client) -> None:
    answer = post(http, part("file", clip(), "a.wav"), part("response_format", b"text"), END)

    assert answer.text.strip() == SAID.strip()


@pytest.mark.parametrize("shape", ["json", "text", "srt", "vtt", "verbose_json"])
def test_each_shape_is_what_its_name_says(http: httpx.Client, shape: str) -> None:
    answer = http.post(
        WHERE,
        files={"file": ("talk.wav", clip())},
        data={
            "model": "whisper-1",
            "response_format": shape,
            "timestamp_granularities[]": ["word", "segment"],
        },
    )

    assert answer.status_code == 200, answer.text
    match shape:
        case "json":
            assert answer.json() == {"text": SAID.strip()}
        case "text":
            assert answer.text == SAID.strip() + "\n"
        case "srt":
            assert answer.text.startswith("1\n00:00:0")
        case "vtt":
            assert answer.text.startswith("WEBVTT")
        case _:
            told = answer.json()
            assert told["segments"][0]["text"].strip()
            assert told["words"][0].keys() >= {"word", "start", "end"}
            assert told["language"] == "en"


def test_who_asks_for_words_gets_them_whatever_is_configured(serve: Serve) -> None:
    it = serve(transcription={"word_timestamps": False}).begin()
    with it.client() as http:
        for given, words in ((["word"], True), (["segment"], False)):
            told = http.post(
                WHERE,
                files={"file": ("talk.wav", clip())},
                data={"response_format": "verbose_json", "timestamp_granularities[]": given},
            ).json()
            assert bool(told.get("words")) is words


@pytest.mark.parametrize("language", ["EN", "en-US", "en_GB", "English", "english"])
def test_a_language_may_be_written_as_other_programs_do(
    http: httpx.Client, language: str
) -> None:
    form = {"language": language, "response_format": "verbose_json"}
    heard = http.post(WHERE, files={"file": ("talk.wav", clip())}, data=form)
    asked = http.post(
        "/asr", params={"language": language}, files={"audio_file": ("talk.wav", clip())}
    )
    put = http.put("/inbox/spoken.wav", params={"language": language}, content=clip())

    assert [answer.status_code for answer in (heard, asked, put)] == [200, 200, 200]
    where = f"/jobs/{put.json()['job']}/transcript"
    wait_until(lambda: http.get(where).is_success, PATIENCE, "a transcript")
    assert http.get(where).json()["options"]["language"] == "en"


def test_a_stream_brings_the_text_and_then_all_of_it(http: httpx.Client) -> None:
    answer = http.post(WHERE, files={"file": ("talk.wav", clip())}, data={"stream": "true"})

    lines = [line for line in answer.text.splitlines() if line.startswith("data: ")]
    events = [json.loads(line.removeprefix("data: ")) for line in lines]
    assert events[-1] == {"type": "transcript.text.done", "text": SAID.strip()}
    deltas = "".join(event["delta"] for event in events[:-1])
    assert deltas == SAID.strip()


@pytest.mark.parametrize("stream", ["true", "false"])
def test_what_cannot_be_transcribed_says_why(http: httpx.Client, stream: str) -> None:
    answer = http.post(
        WHERE, files={"file": ("talk.wav", b"no sound " * 99)}, data={"stream": stream}
    )

    assert answer.status_code == (200 if stream == "true" else 422)
    assert "not a recording" in answer.text


def test_an_upload_goes_before_all_that_nobody_waits_for(
    daemon: Served, http: httpx.Client
) -> None:
    http.post("/pause").raise_for_status()
    for number in range(90):
        daemon.house.drop(f"crowd/{number}.wav", clip())
    wait_until(lambda: len(http.get("/jobs?state=queued").json()) >= 90, PATIENCE)
    http.post("/resume").raise_for_status()

    answer = http.post(WHERE, files={"file": ("urgent.wav", clip())})
    assert answer.status_code == 200
    waiting = [job for job in http.get("/jobs").json() if job["name"].startswith("crowd/")]
    assert len(waiting) >= 10, "it came last, or nearly"
    wait_until(lambda: not http.get("/jobs").json(), PATIENCE)
