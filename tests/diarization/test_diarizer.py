"""The diarizer itself: recordings in blocks, and voices that are known."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from diarization.told import CONVERSATION, PIPELINE, error_rate, reference
from support.sounds import bundled, written
from transcribid.diarizer.diarizer import BLOCK, Diarizer
from transcribid.diarizer.sound import blocks
from transcribid.domain.job import JobId
from transcribid.domain.options import Diarization, Options
from transcribid.domain.transcript import Speakers
from transcribid.preparer.mono import RATE
from transcribid.protocol.engine import Request, Settings

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
    """Who spoke when, and the positions that were reported on the way."""
    positions: list[float] = []
    diarizer = Diarizer(settings, block=block)
    speakers = diarizer.diarize(request, lambda position, _: positions.append(position))
    return speakers, positions


def test_blocks_are_diarized_as_the_whole_is(tmp_path: Path) -> None:
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


@pytest.fixture
def known(tmp_path: Path) -> Settings:
    """With a clip of the one who speaks first."""
    voices = tmp_path / "voices"
    voices.mkdir()
    samples = bundled(CONVERSATION.name)
    first = reference()[0].speaker
    turns = [turn for turn in reference() if turn.speaker == first]
    clip = [samples[round(turn.start * RATE) : round(turn.end * RATE)] for turn in turns]
    written(voices / "Ada Lovelace.wav", *clip)
    return replace(SETTINGS, voices=str(voices), cache=str(tmp_path / "state" / "voices"))


def test_a_speaker_who_is_known_gets_the_name(known: Settings) -> None:
    (Path(known.voices or "") / "nobody.wav").write_bytes(b"junk")

    speakers, _ = diarized(settings=known)

    assert speakers.names[0] == "Ada Lovelace"
    assert speakers.names[1].startswith("SPEAKER_")


def test_while_it_embeds_a_voice_it_reports_progress(known: Settings) -> None:
    _, alone = diarized()

    speakers, positions = diarized(settings=known)
    again, after = diarized(settings=known)

    end = len(bundled(CONVERSATION.name)) / RATE
    assert positions == sorted(positions)
    assert positions.count(end) > alone.count(end) + 2
    assert after == alone  # for it knows the voice
    assert again.turns == speakers.turns


@pytest.mark.parametrize("wanted", [{"num_speakers": 3}, {"min_speakers": 3}])
def test_too_few_seconds_for_the_speakers_asked_for_have_those_they_have(
    tmp_path: Path, wanted: dict[str, int]
) -> None:
    audio = written(tmp_path / "short.wav", bundled(CONVERSATION.name)[: 10 * RATE])
    options = Options(diarization=Diarization(enabled=True, **wanted))

    speakers, _ = diarized(request=replace(REQUEST, audio=str(audio), options=options))

    assert 1 <= len(speakers.names) <= 3


@pytest.mark.parametrize("seconds", [3.0, 5.5, 7.3])
def test_nobody_speaks_after_the_end(tmp_path: Path, seconds: float) -> None:
    samples = bundled(CONVERSATION.name)[: round(seconds * RATE)]
    audio = written(tmp_path / "cut.wav", samples)

    speakers, _ = diarized(request=replace(REQUEST, audio=str(audio)))

    assert speakers.turns[-1].end <= seconds


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
