"""Who is decoded with whom, whose turn it is, and in which order it is reported."""

import threading
from collections.abc import Sequence
from dataclasses import replace
from itertools import count

import numpy as np
import pytest

from support.window_results import window_result
from transcribid.domain.job import Failure, FailureKind, JobId
from transcribid.domain.options import Options, Profile
from transcribid.domain.transcript import Audio, Performer, Span
from transcribid.domain.window_result import WindowResult
from transcribid.engine.active_recording import ActiveRecording, Piece, Window
from transcribid.engine.scheduler import Scheduler, Serves
from transcribid.protocol.engine import Decoding, Refusal, Reply, Request, Success, WindowDone

PERFORMER = Performer("starter", "cpu", "int8", "these libraries")
AUDIO = Audio("wav", "pcm_s16le", 60.0, 60.0, 0)
ENGLISH = Options(language="en")


class Desk:
    """A lineup, and all its replies."""

    def __init__(self, lanes: int = 1) -> None:
        self.scheduler = Scheduler(100, lanes)
        self.replies: list[Reply] = []
        self._numbers = count(1)

    def add(
        self,
        windows: int = 0,
        options: Options = ENGLISH,
        *,
        alone: bool = False,
        urgent: bool = False,
        results: Sequence[WindowResult] = (),
    ) -> ActiveRecording:
        job = JobId(next(self._numbers))
        request = Request(
            job, 1, "a", "aa", options, 60.0, True, alone, tuple(results), urgent=urgent
        )
        active = ActiveRecording(request, PERFORMER, self.replies.append, 80)
        self.scheduler.add(active)
        for index in range(windows):
            assert self.scheduler.put(active, window(index))
        return active

    def end(self, active: ActiveRecording) -> None:
        self.scheduler.finish_preparing(active, AUDIO)

    def done(self, batch: Sequence[Piece]) -> None:
        window_results = [result_of(piece) for piece in batch]
        self.scheduler.done(batch, window_results)

    def events(self) -> list[tuple[int, str]]:
        """The kind of each reply, and the number of its recording."""
        return [
            (reply.job, type(reply).__name__)
            for reply in self.replies
            if isinstance(reply, WindowDone | Success | Refusal)
        ]


def window(index: int) -> Window:
    span = (Span(30.0 * index, 30.0 * index + 28.5),)
    return Window(index, np.zeros((80, 10), np.float32), span, span, "here")


def result_of(piece: Piece, language: str = "en") -> WindowResult:
    made_with = piece.active.made_with
    return replace(window_result(piece.window.index), language=language, made_with=made_with)


def owners(batch: Sequence[Piece]) -> list[int]:
    return [piece.active.request.job for piece in batch]


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.mark.parametrize(
    ("queued", "lanes", "taken"), [(8, 2, 4), (5, 2, 3), (1, 2, 1), (3, 16, 1), (8, 1, 6)]
)
def test_a_lane_leaves_the_others_their_share(queued: int, lanes: int, taken: int) -> None:
    desk = Desk(lanes)
    desk.add(queued)

    assert len(desk.scheduler.take(6)) == taken


def test_windows_of_several_recordings_share_a_batch(desk: Desk) -> None:
    desk.add(2)
    desk.add(3)

    assert owners(desk.scheduler.take(4)) == [1, 1, 2, 2]
    assert owners(desk.scheduler.take(4)) == [2]


def test_a_recording_that_must_be_alone_waits_until_the_device_is_free(desk: Desk) -> None:
    desk.add(1)
    desk.add(2, alone=True)
    first = desk.scheduler.take(8)
    desk.add(1)

    assert owners(first) == [1]
    desk.done(first)
    assert owners(desk.scheduler.take(8)) == [2, 2]


def test_nobody_joins_a_recording_that_must_be_alone(desk: Desk) -> None:
    alone = desk.add(4, alone=True)
    desk.add(4)
    first, second = desk.scheduler.take(3), desk.scheduler.take(3)

    assert (owners(first), owners(second)) == ([1, 1, 1], [1])
    desk.done(first)
    desk.done(second)
    desk.end(alone)
    assert owners(desk.scheduler.take(3)) == [2, 2, 2]


def test_two_that_must_be_alone_are_decoded_one_after_the_other(desk: Desk) -> None:
    desk.add(1, alone=True)
    desk.add(1, alone=True)
    batch = desk.scheduler.take(8)

    assert owners(batch) == [1]
    desk.done(batch)
    assert owners(desk.scheduler.take(8)) == [2]


@pytest.mark.parametrize(
    "other",
    [
        Options(language="en", initial_prompt="Names: Ada"),
        Options(language="en", hotwords="Ada"),
        Options(language="en", profile=Profile.FAST),
        Options(language="en", beam_size=3),
    ],
)
def test_recordings_that_are_decoded_differently_share_no_batch(
    desk: Desk, other: Options
) -> None:
    desk.add(1)
    desk.add(1, other)

    assert owners(desk.scheduler.take(8)) == [1]
    assert owners(desk.scheduler.take(8)) == [2]


def test_recordings_in_different_languages_share_a_batch(desk: Desk) -> None:
    desk.add(1)
    desk.add(1, Options(language="es"))
    desk.add(1, Options(multilingual=True))

    assert owners(desk.scheduler.take(8)) == [1, 2, 3]


def test_the_language_is_asked_of_several_windows_at_once(desk: Desk) -> None:
    unknown = desk.add(2, Options())
    desk.add(1)

    assert owners(desk.scheduler.take(1)) == [2]  # two windows are not enough to tell
    desk.scheduler.put(unknown, window(2))
    desk.scheduler.put(unknown, window(3))
    asked = desk.scheduler.take(1)
    desk.add(1)
    assert owners(asked) == [1, 1, 1]
    assert owners(desk.scheduler.take(1)) == [3]  # nothing of the first before it is known
    desk.done(asked)
    assert unknown.language == "en"
    assert owners(desk.scheduler.take(1)) == [1]


def test_a_short_recording_is_asked_for_its_language_when_it_has_ended(desk: Desk) -> None:
    unknown = desk.add(1, Options())
    desk.end(unknown)

    assert owners(desk.scheduler.take(1)) == [1]


def test_what_was_decoded_out_of_order_is_reported_in_order(desk: Desk) -> None:
    recording = desk.add(3)
    desk.end(recording)
    first, second, third = (desk.scheduler.take(1) for _ in range(3))
    desk.done(third)
    desk.done(second)
    assert desk.events() == []

    desk.done(first)

    assert [
        reply.window_result.index for reply in desk.replies if isinstance(reply, WindowDone)
    ] == [
        0,
        1,
        2,
    ]
    assert desk.events()[-1] == (1, "Success")


def test_each_is_answered_when_it_is_finished(desk: Desk) -> None:
    recordings = [desk.add(1), desk.add(), desk.add(1)]
    batch = desk.scheduler.take(8)
    desk.scheduler.refuse(recordings[1], Failure(FailureKind.BAD_INPUT, "It is a text."))
    desk.done(batch[1:])
    desk.end(recordings[2])
    assert desk.events() == [(2, "Refusal"), (3, "WindowDone"), (3, "Success")]

    desk.done(batch[:1])
    desk.end(recordings[0])

    assert desk.events()[3:] == [(1, "WindowDone"), (1, "Success")]


def turns(desk: Desk, number: int) -> list[int]:
    """Whose windows are decoded, one after the other."""
    return [owners(desk.scheduler.take(1))[0] for _ in range(number)]


def test_whoever_is_waited_for_has_every_second_turn(desk: Desk) -> None:
    desk.add(6)
    desk.add(3, urgent=True)

    assert turns(desk, 9) == [2, 1, 2, 1, 2, 1, 1, 1, 1]


def test_alone_whoever_is_waited_for_has_all(desk: Desk) -> None:
    desk.add(2, urgent=True)
    desk.add(2, urgent=True)

    assert turns(desk, 4) == [1, 1, 2, 2]


def test_short_recordings_have_every_fourth_turn(desk: Desk) -> None:
    desk.add(9)
    for _ in range(2):
        desk.scheduler.note_progress(desk.add(2), 0.0, 50.0)

    assert turns(desk, 13) == [2, 1, 1, 1, 2, 1, 1, 1, 3, 1, 1, 1, 3]


def test_turns_fill_batches_too_but_only_of_one_shape(desk: Desk) -> None:
    desk.add(4)
    desk.add(4, Options(language="en", hotwords="Ada"))
    desk.add(2, urgent=True)

    assert owners(desk.scheduler.take(4)) == [3, 1, 3, 1]
    assert owners(desk.scheduler.take(4)) == [1, 1]
    assert owners(desk.scheduler.take(4)) == [2, 2, 2, 2]


def test_nobody_joins_even_a_window_that_is_no_longer_wanted(desk: Desk) -> None:
    """What kills the device may be that one."""
    given_up = desk.add(1)
    batch = desk.scheduler.take(1)
    desk.scheduler.cancel(given_up)
    alone = desk.add(1, alone=True)
    taken: list[list[Piece]] = []
    lane = threading.Thread(target=lambda: taken.append(desk.scheduler.take(1)))
    lane.start()
    lane.join(0.2)
    assert not taken

    desk.done(batch)
    lane.join(60.0)
    assert [owners(each) for each in taken] == [[alone.request.job]]


def test_what_is_in_the_device_is_named_before_it_is_decoded(desk: Desk) -> None:
    desk.add(2)
    desk.add(1)
    batch = desk.scheduler.take(3)

    def named() -> list[tuple[int, int]]:
        return [(each.job, each.windows) for each in desk.replies if isinstance(each, Decoding)]

    assert named() == [(1, 1), (1, 2), (2, 1)]
    desk.done(batch)
    assert named()[3:] == [(1, 1), (1, 0), (2, 0)]


def test_a_preparer_takes_the_oldest_and_first_what_somebody_waits_for(desk: Desk) -> None:
    first, second = desk.add(), desk.add()
    urgent = desk.add(urgent=True)

    assert [desk.scheduler.unprepared(Serves.ALL) for _ in range(3)] == [urgent, first, second]


def test_one_preparer_is_kept_for_short_recordings(desk: Desk) -> None:
    long, unknown = desk.add(), desk.add()
    long.long = True

    assert desk.scheduler.unprepared(Serves.SHORT) is unknown
    assert desk.scheduler.unprepared(Serves.ALL) is long


def test_one_preparer_is_kept_for_what_somebody_waits_for(desk: Desk) -> None:
    desk.add()
    urgent = desk.add(urgent=True)

    assert desk.scheduler.unprepared(Serves.URGENT) is urgent


def test_what_costs_much_is_prepared_after_all_others(desk: Desk) -> None:
    costly = desk.add()
    assert desk.scheduler.unprepared(Serves.ALL) is costly
    assert not desk.scheduler.yields(costly, Serves.ALL)  # nobody else needs the preparer
    other = desk.add()
    assert desk.scheduler.yields(costly, Serves.ALL)
    desk.scheduler.release(costly)

    assert [desk.scheduler.unprepared(Serves.ALL) for _ in range(2)] == [other, costly]


def test_another_preparer_goes_on_after_the_last_window(desk: Desk) -> None:
    recording = desk.add(2)
    desk.scheduler.unprepared(Serves.SHORT)
    desk.scheduler.release(recording)

    assert desk.scheduler.unprepared(Serves.ALL) is recording
    assert (recording.prepared, recording.bookmark) == (2, "here")


def test_a_recording_that_is_taken_back_is_answered_before_those_ahead_of_it(
    desk: Desk,
) -> None:
    desk.add(1)
    unwanted = desk.add(2)
    batch = desk.scheduler.take(2)
    desk.scheduler.cancel(unwanted)

    assert desk.events() == [(2, "Refusal")]
    assert not desk.scheduler.put(unwanted, window(2))
    desk.done(batch)
    desk.scheduler.cancel(unwanted)
    assert desk.events() == [(2, "Refusal"), (1, "WindowDone")]


def test_a_window_that_cannot_be_decoded_costs_its_recording_only(desk: Desk) -> None:
    broken, sound = desk.add(2), desk.add(1)
    batch = desk.scheduler.take(2)
    desk.scheduler.drop(batch[0], Failure(FailureKind.ENGINE, "no memory"))
    assert desk.events() == []  # one of its windows is still being decoded

    desk.done(batch[1:])
    desk.end(broken)
    desk.done(desk.scheduler.take(2))
    desk.end(sound)

    assert [each for each in desk.events() if each[1] != "WindowDone"] == [
        (1, "Refusal"),
        (2, "Success"),
    ]


def test_what_was_decoded_before_is_part_of_the_transcript(desk: Desk) -> None:
    made_with = desk.add().made_with
    before = [replace(window_result(at, f"word{at}"), made_with=made_with) for at in range(2)]
    resumed = desk.add(results=before)
    desk.scheduler.cancel(desk.scheduler.unprepared(Serves.ALL) or resumed)
    desk.scheduler.put(resumed, window(2))
    desk.end(resumed)
    desk.done(desk.scheduler.take(1))

    success = desk.replies[-1]
    assert isinstance(success, Success)
    assert success.transcript.text == "word0 word1 hello"
    assert [each for each in desk.events() if each[1] == "WindowDone"] == [(2, "WindowDone")]


def test_a_resumed_recording_keeps_the_language_that_was_found(desk: Desk) -> None:
    made_with = desk.add(options=Options()).made_with
    before = replace(window_result(), language="es", made_with=made_with)

    assert desk.add(options=Options(), results=[before]).language == "es"


def test_in_a_multilingual_recording_each_window_has_its_own_language_after_a_pause_too(
    desk: Desk,
) -> None:
    options = Options(multilingual=True)
    made_with = desk.add(options=options).made_with
    before = replace(window_result(), language="es", made_with=made_with)
    resumed = desk.add(options=options, results=[before])

    assert resumed.bookmark == "here"
    assert resumed.language is None


def test_only_what_was_made_in_the_same_way_is_used(desk: Desk) -> None:
    made_with = desk.add().made_with
    ours = replace(window_result(0), made_with=made_with)
    foreign, late = window_result(1), replace(window_result(2), made_with=made_with)

    assert desk.add(results=[ours, foreign, late]).window_results == [ours]
