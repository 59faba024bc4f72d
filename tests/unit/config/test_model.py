from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from transcribid.config import Config, schema
from transcribid.config.keys import leaves
from transcribid.config.languages import CODES
from transcribid.config.listing import listing
from transcribid.config.yaml12 import parse

Load = Callable[..., Config]

EXAMPLE = Path(__file__).parents[3] / "config/transcribid.yaml"


def test_the_example_equals_the_defaults():
    document = parse(EXAMPLE.read_bytes(), EXAMPLE.name)

    assert not document.problems
    assert Config.model_validate(document.data) == Config()


def test_the_example_has_every_key():
    lines = parse(EXAMPLE.read_bytes(), EXAMPLE.name).lines

    assert {key for key, _ in leaves(Config)} <= lines.keys()


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("500ms", 0.5),
        ("5s", 5),
        ("2m", 120),
        ("12h", 43200),
        ("1h30m", 5400),
        ("7", 7),
        ("0.5", 0.5),
    ],
)
def test_durations_are_seconds(loaded: Load, text: str, seconds: float):
    assert loaded(f"stop_grace: {text}").stop_grace == seconds


@pytest.mark.parametrize("text", ["''", "s", "5 s", "1m2h", "-1", "1e9", "9999h", "1.h"])
def test_what_is_no_duration_is_refused(report: Callable[..., list[str]], text: str):
    (problem,) = report(f"stop_grace: {text}")

    assert problem.startswith("transcribid.yaml:1: stop_grace: expected ")


@pytest.mark.parametrize(
    ("text", "size"),
    [("16GiB", 2**34), ("500MB", 500_000_000), ("1024", 1024), ("1.5KiB", 1536)],
)
def test_sizes_are_bytes(loaded: Load, text: str, size: int):
    assert loaded(f"limits: {{max_size: {text}}}").limits.max_size == size


def test_whisper_knows_a_hundred_languages():
    assert len(set(CODES)) == 100


def test_what_is_listed_can_be_loaded_again(loaded: Load):
    config = loaded("""\
folders: {inbox: "my in: box"}
watch: {quiet: 1h1m1s1ms, ignore: ["*.bak", "no", "5", "~"]}
transcription: {initial_prompt: "one\\ntwo # \\U0001F600", hotwords: ""}
rules: [{match: a/**, initial_prompt: null}, {match: "*.mp3", formats: [srt]}]
limits: {max_size: 1500}
engine: {beam_size: auto, batch_size: 8}
web: {port: null}
""")

    assert loaded(listing(config)) == config


@pytest.mark.parametrize(("text", "number"), [("auto", None), ("7", 7)])
def test_what_is_left_to_the_engine_is_no_number(loaded: Load, text: str, number: int | None):
    engine = loaded(f"engine: {{beam_size: {text}, batch_size: {text}}}").engine

    assert (engine.beam_size, engine.batch_size) == (number, number)
    assert f"beam_size: {text}" in listing(loaded(f"engine: {{beam_size: {text}}}"))


def test_the_schema_describes_every_key():
    described = {key: each.get("description") for key, each in _properties(schema())}

    assert ("rules", "[]", "match") in described
    assert {key for key, _ in leaves(Config)} <= described.keys()
    assert all(described.values())


def test_the_schema_gives_durations_and_sizes_as_people_write_them():
    properties = dict(_properties(schema()))

    assert properties["watch", "grace"]["default"] == "15m"
    assert properties["limits", "max_size"]["default"] == "16GiB"
    assert "string" in properties["limits", "max_size"]["type"]


def _properties(schema: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    """All keys, those below sections and list items too."""
    definitions = schema["$defs"]
    pending: list[tuple[tuple[str, ...], dict[str, Any]]] = [((), dict(schema))]
    while pending:
        above, each = pending.pop()
        if "$ref" in each:
            pending.append((above, definitions[each["$ref"].rpartition("/")[2]]))
        if "items" in each:
            pending.append(((*above, "[]"), each["items"]))
        for name, inner in each.get("properties", {}).items():
            yield (*above, name), inner
            pending.append(((*above, name), inner))
