"""The diarizer itself: recordings in blocks, and voices that are known."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from diarization.told import CONVERSATION, PIPELINE, error_rate, reference
from support.sounds import bundled, written
from transcribid.domain.job import JobId
from transcribid.domain.options import Diarization, Options
from transcribid.domain.transcript import Speakers
from transcribid.engine.diarizer.diarizer import BLOCK, Diarizer
from transcribid.engine.diarizer.sound import blocks
from transcribid.engine.preparer.decode import RATE
from transcribid.wire import Request, Settings

SETTINGS = Settings(str(PIPELINE), "cpu", "float32")
REQUEST = Request(
    JobId(1),
    1,
    str(CONVERSATION),
    "",
    Options(diarization=Diarization(enabled=True)),
    86_400.0,
    accept_partial=True,
)


def diarized(
    *, block: float = BLOCK, settings: Settings = SETTINGS, request: Request = REQUEST
) -> tuple[Speakers, list[float]]:
    """Who spoke when, and the positions that were told on the way."""
    positions: list[float] = []
    diarizer = Diarizer(settings, block=block)
    speakers = diarizer.diarize(request, lambda position, _: positions.append(position))
    return speakers, positions


def test_blocks_are_told_apart_as_the_whole_is(tmp_path: Path) -> None:
    samples = bundled(CONVERSATION.name)
    length = len(samples) / RATE
    audio = written(tmp_path / "three times.wav", samples, samples, samples)
    truth = [
        replace(turn, start=turn.start + at * length, end=turn.end + at * length)
        for at in range(3)
        for turn in reference()
    ]

    speakers, positions = diarized(block=length, request=replace(REQUEST, audio=str(audio)))

    assert speakers.names == ("SPEAKER_00", "SPEAKER_01")
    assert error_rate(list(speakers.turns), truth) < 0.1
    assert positions == sorted(positions)
    assert positions[-1] > 2.5 * length


def test_a_speaker_who_is_known_gets_the_name(tmp_path: Path) -> None:
    voices = tmp_path / "voices"
    voices.mkdir()
    samples = bundled(CONVERSATION.name)
    first = reference()[0].speaker
    said = [turn for turn in reference() if turn.speaker == first]
    clip = [samples[round(turn.start * RATE) : round(turn.end * RATE)] for turn in said]
    written(voices / "Ada Lovelace.wav", *clip)
    (voices / "nobody.wav").write_bytes(b"junk")

    told, _ = diarized(settings=replace(SETTINGS, voices=str(voices)))

    assert told.names[0] == "Ada Lovelace"
    assert told.names[1].startswith("SPEAKER_")


@pytest.mark.parametrize("length", [6.0, 9.5, 100.0])
def test_blocks_hold_every_sample_once(length: float) -> None:
    parts = [
        (part.start, part.samples.copy(), part.last)
        for part in blocks(CONVERSATION, length, 600.0)
    ]

    whole = bundled(CONVERSATION.name)
    assert np.array_equal(np.concatenate([samples for _, samples, _ in parts]), whole)
    assert [last for *_, last in parts] == [False] * (len(parts) - 1) + [True]
    assert all(len(samples) <= 1.5 * length * RATE + RATE for _, samples, _ in parts)
    starts = np.cumsum([0, *(len(samples) for _, samples, _ in parts[:-1])]) / RATE
    assert [start for start, *_ in parts] == pytest.approx(list(starts))
