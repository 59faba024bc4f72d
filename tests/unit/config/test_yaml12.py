from pathlib import Path
from time import thread_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transcribid.config import ConfigError, load
from transcribid.config.yaml12 import parse

ALIAS_BOMB = b"a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nd: [*c, *c]\n"


def value(text: str) -> object:
    document = parse(f"key: {text}\n".encode(), "file")
    assert not document.problems
    return document.data["key"]


@pytest.mark.parametrize(
    "text",
    ["no", "yes", "on", "off", "y", "1:30:00", "010", "0640", "0x1F", "1_000", "2026-02-30"],
)
def test_what_yaml_1_1_took_for_something_else_is_text(text: str):
    assert value(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("0", 0),
        ("-12", -12),
        ("1.5", 1.5),
        (".5", 0.5),
        ("1e3", 1000.0),
        ("'5'", "5"),
        ('"true"', "true"),
        ("[a, {b: 1}]", ["a", {"b": 1}]),
    ],
)
def test_scalars_are_those_of_yaml_1_2(text: str, expected: object):
    assert value(text) == expected
    assert type(value(text)) is type(expected)


def test_a_number_of_ten_thousand_digits_is_harmless():
    assert value("9" * 10_000) == float("inf")


def test_each_key_and_item_has_its_line():
    document = parse(b"# comment\na:\n  b: 1\nc:\n- d\n- e: 2\n", "file")

    assert document.lines == {
        ("a",): 2,
        ("a", "b"): 3,
        ("c",): 4,
        ("c", 0): 5,
        ("c", 1): 6,
        ("c", 1, "e"): 6,
    }


@pytest.mark.parametrize("text", [b"", b"\n", b"# only a comment\n", b"---\n", b"\xef\xbb\xbf"])
def test_an_empty_file_says_nothing(text: bytes):
    document = parse(text, "file")

    assert document.data == {}
    assert not document.problems


def test_a_byte_order_mark_is_no_part_of_the_first_key():
    assert parse(b"\xef\xbb\xbfa: 1\n", "file").data == {"a": 1}


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (ALIAS_BOMB, "file:1: anchors (&) and aliases (*) are not allowed"),
        (b"a: &a [*a]\n", "file:1: anchors (&) and aliases (*) are not allowed"),
        (b"a: 1\nb: *a\n", "file:2: anchors (&) and aliases (*) are not allowed"),
        (b"a: !!python/object:os.system x\n", "file:1: tags (!) are not allowed"),
        (b"a: " + b"[" * 5000, "file:1: more than 16 levels are not allowed"),
        (b"- " * 5000, "file:1: more than 16 levels are not allowed"),
        (b"a: 1\nb: 2\na: 3\n", "file:3: a: set twice, first on line 1"),
        (b"a:\n\tb: 1\n", "file:2: a tab; YAML needs spaces"),
        (b"a: 1\n---\nb: 2\n", "file:2: a second document; only one is allowed"),
        (b"- a\n", "file:1: expected lines such as `key: value`"),
        (b"text\n", "file:1: expected lines such as `key: value`"),
        (b"a: 1\n5: 2\n", "file:2: expected a key before the colon"),
        (b"a: 1\n[b]: 2\n", "file:2: expected a key before the colon"),
        (b"a: 1\nb: \xff\n", "file:2: not UTF-8; save the file in that encoding"),
        ("a: 1\n".encode("utf-16"), "file:1: not UTF-8; save the file in that encoding"),
        (b"a: 1\nb: \x07\n", "file:2: a control character; remove it"),
        (b'a: "\\0"\n', "file:1: a: contains a character that is not allowed in text"),
        (b'a: "\\ud800"\n', "file:1: a: contains a character that is not allowed in text"),
        (b"a: [1\n", "file:2: not valid YAML: expected ',' or ']', but got '<stream end>'"),
        (b"#" * 70_000, "file: larger than 64 KiB"),
    ],
)
def test_what_no_configuration_needs_is_refused_at_once(content: bytes, expected: str):
    start = thread_time()
    (problem,) = parse(content, "file").problems

    assert str(problem) == expected
    assert thread_time() - start < 1


def test_a_file_of_100_megabytes_is_not_read(tmp_path: Path):
    path = tmp_path / "large.yaml"
    with path.open("wb") as stream:
        stream.truncate(100_000_000)
    start = thread_time()

    with pytest.raises(ConfigError, match="larger than 64 KiB"):
        load(path, environment={})

    assert thread_time() - start < 1


@given(st.one_of(st.binary(), st.text("ab:-[]{}&*!'\"\n\t #|>%~?,").map(str.encode)))
def test_nothing_makes_it_raise(content: bytes):
    for problem in parse(content, "file").problems:
        assert problem.message
