"""Times in a window and times in the recording."""

import pytest

from transcribid.domain.transcript import Span, Word
from transcribid.engine.timeline import Timeline, within_speech

STRETCHES = [Span(10.0, 14.0), Span(20.0, 21.0), Span(50.0, 60.0)]


@pytest.mark.parametrize(
    ("inside", "outside"),
    [
        (Span(0.0, 1.0), Span(10.0, 11.0)),
        (Span(3.0, 4.0), Span(13.0, 14.0)),
        (Span(4.0, 5.0), Span(20.0, 21.0)),
        (Span(5.0, 15.0), Span(50.0, 60.0)),
    ],
)
def test_time_goes_there_and_back(inside: Span, outside: Span) -> None:
    assert Timeline(STRETCHES).outside(inside) == outside
    assert Timeline(STRETCHES).inside([outside]) == [inside]


@pytest.mark.parametrize(
    ("inside", "outside"),
    [
        (Span(3.5, 4.2), Span(13.5, 14.0)),
        (Span(3.8, 4.5), Span(20.0, 20.5)),
        (Span(14.5, 16.0), Span(59.5, 60.0)),
        (Span(15.5, 16.5), Span(60.0, 60.0)),
    ],
)
def test_a_word_across_what_was_left_out_is_where_most_of_it_is(
    inside: Span, outside: Span
) -> None:
    assert Timeline(STRETCHES).outside(inside) == outside


def test_what_was_left_out_has_no_place_in_the_window() -> None:
    assert Timeline(STRETCHES).inside([Span(15.0, 19.0)]) == [Span(4.0, 4.0)]


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
    speech = [Span(1.0, 2.0), Span(5.0, 6.0)]
    (found,) = within_speech([Word(*word, " well", 0.9)], speech)

    assert (found.start, found.end) == pytest.approx(expected)
