import os
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest
from pysubs2 import SSAFile

from transcribid.domain.transcript import Segment, Speakers
from transcribid.outputs import FORMATS
from transcribid.outputs.delivery import Delivery

GOLDEN = Path(__file__).parents[2] / "golden"  # UPDATE_GOLDEN=1 pytest rewrites it


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("title", ["meeting", "interview"])
def test_it_is_rendered_as_its_golden_file(
    title: str, name: str, delivery: Delivery, interview: Delivery
) -> None:
    golden = GOLDEN / f"{title}.{name}"

    rendered = FORMATS[name](delivery if title == "meeting" else interview)

    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_bytes(rendered.encode())
    assert rendered.encode() == golden.read_bytes()


@pytest.mark.parametrize("name", FORMATS)
def test_a_file_is_plain_utf8_and_ends_with_one_newline(name: str, delivery: Delivery) -> None:
    rendered = FORMATS[name](delivery)

    assert rendered.encode().decode() == rendered
    assert rendered.endswith("\n")
    assert not rendered.endswith("\n\n")
    assert not set(rendered) & {"\r", "\ufeff", "\0"}


@pytest.mark.parametrize(
    ("name", "empty"),
    [("txt", ""), ("srt", ""), ("vtt", "WEBVTT\n"), ("tsv", "start\tend\ttext\n")],
)
def test_a_silent_recording_is_rendered_validly(
    name: str, empty: str, silence: Delivery
) -> None:
    assert FORMATS[name](silence) == empty


@pytest.mark.parametrize(("name", "start"), [("txt", ""), ("tsv", "1000\t2006\t")])
def test_a_segment_stays_on_its_line_whatever_space_is_in_it(
    name: str, start: str, delivery: Delivery
) -> None:
    segment = Segment(1.0, 2.0056, "one\ttwo\nthree\u2028four")
    transcript = replace(delivery.transcript, segments=(segment,))

    rendered = FORMATS[name](replace(delivery, transcript=transcript))

    assert rendered.endswith(f"{start}one two three four\n")


@pytest.mark.parametrize("name", ["srt", "vtt"])
def test_subtitles_read_back_hold_every_letter(name: str, delivery: Delivery) -> None:
    subtitles = SSAFile.from_string(FORMATS[name](delivery), name, keep_html_tags=True)

    read = unescape(" ".join(event.text.replace(r"\N", " ") for event in subtitles))

    text = delivery.transcript.text
    assert letters(read).replace("→", "-->") == letters(text)


def letters(text: str) -> str:
    return "".join(text.split())


def test_subrip_keeps_what_looks_like_markup(delivery: Delivery) -> None:
    rendered = FORMATS["srt"](delivery)

    assert "<i>yes</i> & press\n{\\an8} → or open C:\\new." in rendered


def test_webvtt_escapes_what_looks_like_markup(delivery: Delivery) -> None:
    rendered = FORMATS["vtt"](delivery)

    assert "&lt;i&gt;yes&lt;/i&gt; &amp; press\n{\\an8} --&gt; or open C:\\new." in rendered


@pytest.mark.parametrize("name", ["srt", "vtt"])
def test_an_arrow_stands_only_between_times(name: str, delivery: Delivery) -> None:
    arrows = [line for line in FORMATS[name](delivery).splitlines() if "-->" in line]

    assert arrows
    assert all(line[0].isdigit() for line in arrows)


@pytest.mark.parametrize("text", [r"{\p1}m 0 0 l 9 9", r"\N \n \h", "{", "}{", r"end\\"])
@pytest.mark.parametrize("name", ["srt", "vtt"])
def test_no_text_is_taken_for_styling(name: str, text: str, delivery: Delivery) -> None:
    transcript = replace(delivery.transcript, segments=(Segment(0.0, 2.0, text),))

    rendered = FORMATS[name](replace(delivery, transcript=transcript))

    assert rendered.endswith(f"\n{text}\n")


@pytest.mark.parametrize("name", ["txt", "srt"])
def test_whoever_is_unknown_is_called_so_from_the_first_word_on(
    name: str, delivery: Delivery
) -> None:
    first = [Segment(0.0, 1.0, "One."), Segment(2.0, 3.0, "Two.", speaker="Ada")]
    segments = (*first, Segment(4.0, 5.0, "Three."), Segment(6.0, 7.0, "Four."))
    transcript = replace(delivery.transcript, segments=segments)

    rendered = FORMATS[name](replace(delivery, transcript=transcript))

    lines = [line for line in rendered.splitlines() if line.endswith(".")]
    assert lines == ["?: One.", "Ada: Two.", "?: Three.", "Four."]


@pytest.mark.parametrize("name", ["txt", "srt"])
def test_where_nobody_is_known_nobody_is_named(name: str, delivery: Delivery) -> None:
    failed = replace(delivery.transcript, speakers=Speakers(failure="It was ended."))

    rendered = FORMATS[name](replace(delivery, transcript=failed))

    assert rendered == FORMATS[name](delivery)
