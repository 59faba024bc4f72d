from dataclasses import replace

import pytest

from transcribid.domain.options import Diarization, Options
from transcribid.domain.speakers import with_speakers
from transcribid.domain.transcript import (
    Audio,
    Performer,
    Segment,
    Speakers,
    Transcript,
    Turn,
    Word,
)
from transcribid.outputs.delivery import Delivery, Layout, SourceFacts


def segment(start: float, text: str, *, pace: float = 0.3) -> Segment:
    """A segment whose words take the same time each."""
    words = [
        Word(start + pace * index, start + pace * (index + 1), f" {word}", 0.9)
        for index, word in enumerate(text.split())
    ]
    return Segment(start, words[-1].end, text, tuple(words), -0.21, 0.012345678, 1.42)


SPEECH = (
    segment(0.48, "Good morning, everybody."),
    segment(
        2.1,
        "Before we begin, Mrs. Ortega asked me to say that the Thursday meeting, the one about"
        " the new library, has been moved to a quarter past eleven because the director's"
        ' train is late; she called it "a small adventure".',
    ),
    segment(17.0, "Type <i>yes</i> & press {\\an8} --> or open C:\\new."),
    Segment(22.5, 26.5, "¿Y mañana? Mañana, dice el señor Núñez, hará buen tiempo."),
    Segment(28.0, 34.0, "今日は天気がいいから、散歩しましょう。明日は雨が降るかもしれません。"),
)


@pytest.fixture
def delivery() -> Delivery:
    audio = Audio("mov,mp4,m4a,3gp,3g2,mj2", "aac", 36.021, 36.0, 0)
    performer = Performer("tiny", "cpu", "int8", "faster-whisper 1.2.1, ctranslate2 4.8.5")
    return Delivery(
        Transcript("en", 0.973, SPEECH, audio, performer, 2.25),
        Options(language="en", formats=("txt", "srt", "vtt", "tsv", "json")),
        SourceFacts("meetings/Reunión.m4a", 583_112, "5e" * 32),
        Layout(max_line_width=42, max_lines=2),
        {"Reunión.txt": "0a" * 32, "Reunión.srt": "1b" * 32},
    )


@pytest.fixture
def interview(delivery: Delivery) -> Delivery:
    """Two people, of whom one is known by name."""
    turns = (Turn(0.4, 2.0, "SPEAKER_00"), Turn(2.0, 20.0, "Ada <L>"))
    speakers = Speakers(turns, "pipeline", "cpu", "pyannote.audio 4.0.7", 1.5)
    asked = replace(delivery.options, diarization=Diarization(enabled=True, max_speakers=3))
    transcript = with_speakers(delivery.transcript, speakers)
    return replace(delivery, transcript=transcript, options=asked)


@pytest.fixture
def silence(delivery: Delivery) -> Delivery:
    return replace(delivery, transcript=replace(delivery.transcript, segments=()))
