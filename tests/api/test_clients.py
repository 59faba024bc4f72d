"""Programs that others wrote, in an environment of their own: .venv/api (make test-api)."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from api.serving import Serve, Served
from support.clips import SAID, clip

pytestmark = pytest.mark.api

CLIENTS = Path(sys.prefix) / "api" / "bin"


def client(name: str) -> Path:
    if not (CLIENTS / name).exists():
        pytest.skip(f"{name} is not installed in {CLIENTS.parent}")
    return CLIENTS / name


OPENAI = """
import json, sys
from openai import OpenAI, UnprocessableEntityError
client = OpenAI(base_url=sys.argv[1], api_key="none", max_retries=0)
def heard(kind="transcriptions", **overrides):
    with open(sys.argv[2], "rb") as file:
        return getattr(client.audio, kind).create(model="whisper-1", file=file, **overrides)
told = {
    "models": [model.id for model in client.models.list()],
    "json": heard(language="en", prompt="forty six people").text,
    "text": heard(response_format="text"),
    "srt": heard(response_format="srt"),
    "vtt": heard(response_format="vtt"),
    "translation": heard("translations").text,
    "events": [(event.type, getattr(event, "delta", None) or event.text)
               for event in heard(stream=True)],
}
verbose = heard(response_format="verbose_json", timestamp_granularities=["word", "segment"])
told |= {
    "language": verbose.language,
    "duration": verbose.duration,
    "words": [[word.word, word.start, word.end] for word in verbose.words],
    "segments": [[each.id, each.text, each.start, each.end, each.avg_logprob]
                 for each in verbose.segments],
}
segments = heard(response_format="verbose_json")
told["no words"] = segments.words
try:
    heard(language="klingon")
except UnprocessableEntityError as error:
    told["refused"] = str(error)
print(json.dumps(told))
"""


def test_openai_s_own_client_is_served(daemon: Served, tmp_path: Path) -> None:
    recording = tmp_path / "talk.wav"
    recording.write_bytes(clip())
    command = [client("python"), "-c", OPENAI, f"{daemon.base}/v1", recording]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)

    assert done.returncode == 0, done.stderr
    told, said = json.loads(done.stdout), SAID.strip()
    assert told["models"] == ["starter"]
    assert told["json"] == said
    assert told["text"].strip() == said
    assert told["srt"].startswith("1\n")
    assert told["vtt"].startswith("WEBVTT")
    assert told["translation"]
    assert told["events"][-1] == ["transcript.text.done", said]
    assert told["language"] == "en"
    assert " ".join(word.strip() for word, _, _ in told["words"]) == said
    assert "".join(text for _, text, *_ in told["segments"]).strip() == said
    assert told["no words"] is None
    assert "klingon" in told["refused"]


def test_whatever_our_own_description_allows_is_no_mistake_of_ours(
    serve: Serve, tmp_path: Path
) -> None:
    it = serve().begin()
    command = [
        client("schemathesis"), "run", f"{it.base}/openapi.json", "--url", it.base,
        "--checks", "not_a_server_error", "--max-examples", "20", "--workers", "2",
        "--exclude-path", "/events", "--request-timeout", "30", "--seed", "1",
        "--suppress-health-check", "all", "--no-color", "--mode", "all",
            ]  # fmt: skip
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=500, check=False, cwd=tmp_path
    )

    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert it.house.lives()
    said = [line for line in it.house.events("library.said") if "ASGI" in line["message"]]
    assert said == []
    assert it.house.stop() == 0
