"""Times in a window and times in the recording."""

import pytest

from transcribid.domain.transcript import Stretch, Word
from transcribid.engine.timeline import Timeline, within_speech

STRETCHES = [Stretch(10.0, 14.0), Stretch(20.0, 21.0), Stretch(50.0, 60.0)]


@pytest.mark.parametrize(
    ("inside", "outside"),
    [
        (Stretch(0.0, 1.0), Stretch(10.0, 11.0)),
        (Stretch(3.0, 4.0), Stretch(13.0, 14.0)),
        (Stretch(4.0, 5.0), Stretch(20.0, 21.0)),
        (Stretch(5.0, 15.0), Stretch(50.0, 60.0)),
    ],
)
def test_time_goes_there_and_back(inside: Stretch, outside: Stretch) -> None:
    assert Timeline(STRETCHES).outside(inside) == outside
    assert Timeline(STRETCHES).inside([outside]) == [inside]


@pytest.mark.parametrize(
    ("inside", "outside"),
    [
        (Stretch(3.5, 4.2), Stretch(13.5, 14.0)),
        (Stretch(3.8, 4.5), Stretch(20.0, 20.5)),
        (Stretch(14.5, 16.0), Stretch(59.5, 60.0)),
        (Stretch(15.5, 16.5), Stretch(60.0, 60.0)),
    ],
)
def test_a_word_across_what_was_left_out_is_where_most_of_it_is(
    inside: Stretch, outside: Stretch
) -> None:
    assert Timeline(STRETCHES).outside(inside) == outside


def test_what_was_left_out_has_no_place_in_the_window() -> None:
    assert Timeline(STRETCHES).inside([Stretch(15.0, 19.0)]) == [Stretch(4.0, 4.0)]


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ((1.0, 1.5), (1.0, 1.5)),
        ((1.5, 4.5), (1.5, 2.1)),
        ((2.5, 5.5), (4.9, 5.5)),
        ((0.0, 1.5), (0.9, 1.5)),
        ((2.5, 3.0), (2.5, 3.0)),
        ((1.5, 5.6), (4.9, 5.6)),
    ],
)
def test_a_word_does_not_reach_far_out_of_the_speech_it_is_in(
    word: tuple[float, float], expected: tuple[float, float]
) -> None:
    speech = [Stretch(1.0, 2.0), Stretch(5.0, 6.0)]
    (found,) = within_speech([Word(*word, " well", 0.9)], speech)

    assert (found.start, found.end) == pytest.approx(expected)
