"""Speakers of single blocks to speakers of the recording. No torch is needed for it."""

import numpy as np
import pytest

from transcribid.diarizer.clustering import BlockTurns, Voice, joined
from transcribid.domain.options import Diarization
from transcribid.domain.transcript import Turn

FREE = Diarization(enabled=True)
ADA, BOB, EVE = (np.eye(8)[number] for number in range(3))


def block(start: float, *speakers: tuple[str, Voice, float]) -> BlockTurns:
    """They speak one after the other, each so many seconds."""
    turns: list[Turn] = []
    for label, _, seconds in speakers:
        turns.append(Turn(start, start + seconds, label))
        start += seconds
    return BlockTurns(tuple(turns), {label: voice for label, voice, _ in speakers})


def roughly(voice: Voice, seed: int) -> Voice:
    noise = np.random.default_rng(seed).normal(0.0, 0.15, len(voice))
    return 3.0 * (voice + noise)


def order(recording: BlockTurns) -> list[str]:
    return [turn.speaker.removeprefix("SPEAKER_") for turn in recording.turns]


def people(recording: BlockTurns) -> set[str]:
    return set(order(recording))


def test_speakers_are_numbered_as_they_first_speak() -> None:
    recording = joined([block(0.0, ("B", ADA, 5.0), ("A", BOB, 5.0), ("B", ADA, 5.0))], FREE)

    assert order(recording) == ["00", "01", "00"]


def test_who_sounds_alike_in_two_blocks_is_one() -> None:
    first = block(0.0, ("A", roughly(ADA, 1), 60.0), ("B", roughly(BOB, 2), 60.0))
    second = block(200.0, ("A", roughly(BOB, 3), 60.0), ("B", roughly(ADA, 4), 60.0))

    assert order(joined([first, second], FREE)) == ["00", "01", "01", "00"]


def test_a_new_voice_is_a_new_speaker() -> None:
    first = block(0.0, ("A", ADA, 60.0))
    second = block(200.0, ("A", roughly(EVE, 1), 60.0), ("B", roughly(ADA, 2), 60.0))

    assert order(joined([first, second], FREE)) == ["00", "01", "00"]


def test_two_of_one_block_are_never_one() -> None:
    twins = block(0.0, ("A", roughly(ADA, 1), 60.0), ("B", roughly(ADA, 2), 60.0))
    later = block(200.0, ("A", roughly(ADA, 3), 60.0))

    assert len(people(joined([twins, later], FREE))) == 2


@pytest.mark.parametrize("most", [{"num_speakers": 1}, {"max_speakers": 1}])
def test_two_of_one_block_are_one_where_somebody_knows_that_there_is_only_one(
    most: dict[str, int],
) -> None:
    """What a person knows of the recording weighs more than what was found in a block."""
    twins = block(0.0, ("A", roughly(ADA, 1), 60.0), ("B", roughly(ADA, 2), 60.0))
    later = block(200.0, ("A", roughly(ADA, 3), 60.0))

    assert len(people(joined([twins, later], Diarization(enabled=True, **most)))) == 1


@pytest.mark.parametrize("most", [{"num_speakers": 2}, {"max_speakers": 2}])
def test_there_are_not_more_than_somebody_knows_however_the_blocks_share_them(
    most: dict[str, int],
) -> None:
    blocks = [
        block(0.0, ("A", ADA, 60.0), ("B", BOB, 60.0)),
        block(200.0, ("A", ADA, 60.0), ("B", BOB + EVE, 60.0)),
        block(400.0, ("A", BOB, 60.0), ("B", 2 * EVE + BOB, 60.0)),
    ]

    recording = joined(blocks, Diarization(enabled=True, **most))

    assert order(recording) == ["00", "01", "00", "01", "01"]


@pytest.mark.parametrize(
    ("wanted", "speakers"),
    [
        (Diarization(enabled=True, num_speakers=2), 2),
        (Diarization(enabled=True, max_speakers=2), 2),
        (Diarization(enabled=True, num_speakers=1), 1),
        (Diarization(enabled=True, max_speakers=5), 3),
    ],
)
def test_there_are_as_many_as_somebody_knows(wanted: Diarization, speakers: int) -> None:
    blocks = [block(100.0 * at, ("A", who, 60.0)) for at, who in enumerate([ADA, BOB, EVE])]

    assert len(people(joined(blocks, wanted))) == speakers


def test_who_sounds_alike_is_two_if_somebody_knows_it() -> None:
    """A similarity of 0.7 is taken for one person, unless there are two."""
    blocks = [block(0.0, ("A", ADA, 60.0)), block(100.0, ("A", ADA + BOB, 60.0))]

    assert len(people(joined(blocks, FREE))) == 1
    assert len(people(joined(blocks, Diarization(enabled=True, min_speakers=2)))) == 2


@pytest.mark.parametrize("least", [{"num_speakers": 3}, {"min_speakers": 3}])
def test_the_very_same_voice_is_one_person_however_many_somebody_counted(
    least: dict[str, int],
) -> None:
    blocks = [block(200.0 * at, ("A", ADA, 60.0), ("B", BOB, 60.0)) for at in range(2)]

    recording = joined(blocks, Diarization(enabled=True, **least))

    assert order(recording) == ["00", "01", "00", "01"]


def test_whoever_speaks_long_weighs_more() -> None:
    """A second of noise that was taken for somebody does not move a speaker."""
    first = block(0.0, ("A", ADA, 600.0))
    second = block(1000.0, ("A", ADA + BOB, 1.0))
    third = block(2000.0, ("A", roughly(BOB, 1), 600.0))

    recording = joined([first, second, third], FREE)

    assert order(recording)[0] != order(recording)[2]
    assert float(np.argmax(recording.voices["SPEAKER_00"])) == 0


def test_a_voice_that_is_no_number_is_like_nobody() -> None:
    nobody = np.full(8, np.nan)
    blocks = [block(0.0, ("A", ADA, 60.0)), block(100.0, ("A", nobody, 60.0))]

    assert order(joined(blocks, FREE)) == ["00", "01"]


def test_turns_that_a_block_cut_are_one_again() -> None:
    blocks = [block(0.0, ("A", ADA, 60.0)), block(60.0, ("A", ADA, 60.0))]

    assert joined(blocks, FREE).turns == (Turn(0.0, 120.0, "SPEAKER_00"),)


def test_silence_has_no_speakers() -> None:
    assert joined([BlockTurns((), {})], FREE).turns == ()
