# pyright: reportUnknownMemberType=false
"""Which of several audio tracks is chosen, and what is reported about the others."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import av
import numpy as np
import pytest
from av.audio.frame import AudioFrame
from av.stream import Disposition

from support.sounds import bundled, silence
from transcribid.domain.job import JobId
from transcribid.domain.options import Options
from transcribid.domain.quality import Verdict, judge
from transcribid.engine.engine import WhisperEngine
from transcribid.preparer.mono import RATE, Samples
from transcribid.preparer.tracks import chosen, compared
from transcribid.protocol.engine import Request, Settings, Success
from transcribid.protocol.errors import Refused

SPOKEN = bundled("en-short.wav")
SILENT = silence(4.0)


class Track(NamedTuple):
    language: str = "und"
    title: str = ""
    flags: Disposition = Disposition(0)
    sound: Samples = SPOKEN


def written(path: Path, tracks: Sequence[Track]) -> Path:
    with av.open(str(path), "w") as container:
        streams: list[Any] = []
        for track in tracks:
            stream: Any = container.add_stream("flac", rate=RATE, layout="mono")
            stream.metadata.update({"language": track.language, "title": track.title})
            stream.disposition = track.flags
            streams.append(stream)
        for stream, track in zip(streams, tracks, strict=True):
            sound = (track.sound * 32_767).astype("<i2")
            frame = AudioFrame.from_ndarray(sound[None], "s16", "mono")
            frame.sample_rate, frame.pts = RATE, 0
            container.mux([*stream.encode(frame), *stream.encode(None)])
    return path


def on_block() -> None:
    """Nobody waits for a sign of life."""


def chosen_track(path: Path, options: Options) -> int:
    with path.open("rb") as file:
        return chosen(file, options, 3600.0, on_block).facts.track


ENGLISH, SPANISH = Track("eng"), Track("spa")
DEFAULT = Track("fra", flags=Disposition.default)
COMMENT = Track("eng", flags=Disposition.comment | Disposition.default)
DESCRIPTION = Track("eng", flags=Disposition.visual_impaired)
TITLED = Track("eng", title="Director's Commentary")
MUTE = Track("eng", flags=Disposition.default, sound=SILENT)
CASES = {
    "the first": ([ENGLISH, SPANISH], Options(), 1),
    "the default": ([ENGLISH, DEFAULT], Options(), 2),
    "the requested language": ([ENGLISH, DEFAULT, SPANISH], Options(language="es"), 3),
    "the first candidate": ([DEFAULT, SPANISH, ENGLISH], Options(languages=("en", "es")), 3),
    "another candidate": ([DEFAULT, SPANISH], Options(languages=("en", "es")), 2),
    "a language no track has": ([ENGLISH, DEFAULT], Options(language="ja"), 2),
    "no comment": ([COMMENT, ENGLISH], Options(language="en"), 2),
    "no description": ([DESCRIPTION, TITLED, SPANISH], Options(language="en"), 3),
    "a comment alone": ([COMMENT], Options(), 1),
    "not the silent one": ([MUTE, SPANISH], Options(language="en"), 2),
    "a comment before silence": ([MUTE, COMMENT], Options(), 2),
    "the first of silent ones": ([MUTE, MUTE], Options(), 1),
    "the one that was named": ([ENGLISH, MUTE], Options(language="en", track=2), 2),
}


@pytest.mark.parametrize("case", CASES)
def test_the_track_that_suits_best_is_chosen(tmp_path: Path, case: str) -> None:
    tracks, options, number = CASES[case]

    assert chosen_track(written(tmp_path / "a.mkv", tracks), options) == number


def test_speech_after_five_minutes_is_not_waited_for(tmp_path: Path) -> None:
    late = Track(sound=np.concatenate([silence(301.0), SPOKEN]))

    assert chosen_track(written(tmp_path / "a.mkv", [late, SPANISH]), Options()) == 2


def test_no_more_than_eight_are_looked_through(tmp_path: Path) -> None:
    assert chosen_track(written(tmp_path / "a.mkv", [*[MUTE] * 7, SPANISH]), Options()) == 8
    assert chosen_track(written(tmp_path / "b.mkv", [*[MUTE] * 8, SPANISH]), Options()) == 1


def test_a_track_that_is_not_there_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "a.mkv", [ENGLISH, SPANISH])

    with pytest.raises(Refused, match="2 audio tracks") as caught:
        chosen_track(path, Options(track=3))
    assert "auto" in caught.value.failure.remedy


@pytest.mark.parametrize(
    ("tracks", "other"), [([MUTE, SPANISH], 2), ([ENGLISH, MUTE], None), ([MUTE], None)]
)
def test_speech_in_another_track_is_reported(
    tmp_path: Path, tracks: Sequence[Track], other: int | None
) -> None:
    options = Options(track=1)
    with written(tmp_path / "a.mkv", tracks).open("rb") as file:
        recording = chosen(file, options, 3600.0, on_block)
        facts = compared(file, options, recording.facts, on_block)

    assert (facts.track, facts.tracks, facts.speech_in) == (1, len(tracks), other)


def test_a_long_search_gives_signs_of_life(tmp_path: Path) -> None:
    """About one for each second that is looked through, else it would cost without a sound."""
    path = written(tmp_path / "a.mkv", [Track(sound=silence(60.0)), Track(sound=silence(60.0))])
    signs: list[int] = []
    with path.open("rb") as file:
        recording = chosen(file, Options(), 3600.0, lambda: signs.append(1))
        searched = len(signs)
        compared(file, Options(), recording.facts, lambda: signs.append(1))

    assert searched > 110
    assert len(signs) - searched > 55


def test_a_track_that_cannot_be_decoded_says_nothing_of_the_others(tmp_path: Path) -> None:
    def fails() -> None:
        raise ValueError("as libraries do")

    path = written(tmp_path / "a.mkv", [ENGLISH, SPANISH])
    with path.open("rb") as file:
        recording = chosen(file, Options(track=1), 3600.0, on_block)

        assert compared(file, Options(), recording.facts, fails).speech_in is None


def test_what_is_transcribed_and_what_is_doubted_depends_on_the_track(tmp_path: Path) -> None:
    path = written(tmp_path / "a.mkv", [MUTE, ENGLISH])
    asked = Request(JobId(1), 1, str(path), "aa", Options(), 3600.0, accept_partial=True)
    with WhisperEngine(Settings("starter", "cpu", "int8")) as engine:
        *_, found = engine.transcribe(asked)
        *_, insisted = engine.transcribe(replace(asked, options=Options(track=1)))

    assert isinstance(found, Success)
    assert isinstance(insisted, Success)
    assert (found.transcript.audio.track, bool(found.transcript.text)) == (2, True)
    assert judge(found.transcript).verdict is Verdict.GOOD
    assert insisted.transcript.text == ""
    assert judge(insisted.transcript).verdict is Verdict.REVIEW
