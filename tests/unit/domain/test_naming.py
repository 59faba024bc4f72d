import pytest
from hypothesis import given
from hypothesis import strategies as st

from transcribid.domain.naming import fitted, output_name, printable
from transcribid.domain.suffixes import without_media_suffix

STEMS = st.binary(max_size=60).map(lambda raw: raw.decode("utf-8", "surrogateescape"))


@pytest.mark.parametrize(
    ("pattern", "name"),
    [("{stem}.{format}", "talk {lang}.srt"), ("{stem}.{lang}.{format}", "talk {lang}.es.srt")],
)
def test_a_pattern_is_filled_in_once(pattern: str, name: str) -> None:
    assert output_name(pattern, stem="talk {lang}", language="es", format_name="srt") == name


@given(STEMS | st.text(st.characters(exclude_categories=["Cs"])), st.integers(9, 40))
def test_a_fitted_stem_fits_and_is_a_start_of_it(stem: str, room: int) -> None:
    name = fitted(stem, room)

    assert len(name.encode("utf-8", "surrogateescape")) <= room
    assert name == stem or stem.startswith(name[:-9])


@given(STEMS, st.integers(9, 40))
def test_fitting_wastes_no_more_than_part_of_a_character(stem: str, room: int) -> None:
    size = len(stem.encode("utf-8", "surrogateescape"))

    assert len(fitted(stem, room).encode("utf-8", "surrogateescape")) > min(size, room) - 4


def test_long_stems_that_begin_alike_stay_different() -> None:
    one, other = fitted("ñ" * 200 + "1", 100), fitted("ñ" * 200 + "2", 100)

    assert one != other
    assert one[:45] == "ñ" * 45
    assert one[45] == "~"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a\nb", r"a\nb"),
        ("\x1b[31mred", r"\x1b[31mred"),
        ("gpj.\u202efdp", r"gpj.\u202efdp"),
        ("caf\udce9", r"caf\udce9"),
        ("line\u2028line", r"line\u2028line"),
        ("\x85", r"\x85"),
    ],
)
def test_what_would_disturb_a_terminal_is_escaped(name: str, shown: str) -> None:
    assert printable(name) == shown


@pytest.mark.parametrize(
    "name", ["Reunión 3.m4a", "会議.wav", "नमस्\u200dते", "👩\u200d💻.mp3", r"a\b"]
)
def test_ordinary_names_are_shown_unchanged(name: str) -> None:
    assert printable(name) == name


@given(STEMS)
def test_a_printable_name_is_one_line_of_utf8(stem: str) -> None:
    assert len(printable(stem).encode().decode().splitlines()) <= 1


@pytest.mark.parametrize(
    ("name", "base"),
    [
        ("talk.mp3", "talk"),
        ("TALK.MP3", "TALK"),
        ("talk.wave", "talk"),
        ("talk.mp3.wav", "talk.mp3"),
        ("Film.S01E02.mkv", "Film.S01E02"),
        ("voice.1a2b3c4d.audio", "voice.1a2b3c4d"),
        ("Meeting 12.30", "Meeting 12.30"),
        ("1. Intro", "1. Intro"),
        ("talk.", "talk."),
        (".mp3", ".mp3"),
        ("talk", "talk"),
    ],
)
def test_only_suffixes_of_media_are_cut_from_what_an_output_is_called(
    name: str, base: str
) -> None:
    assert without_media_suffix(name) == base
