"""The life of a job, decision by decision."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transcribid.domain.events import (
    Attributed,
    Cancelled,
    Contested,
    Delivered,
    Dismissed,
    Dispatched,
    Event,
    Failed,
    Interrupted,
    Planned,
    Quarantined,
    Recognised,
    Recovered,
    Staged,
    Superseded,
    Transcribed,
    TranscriptLost,
    Withdrawn,
)
from transcribid.domain.job import (
    ENDED,
    Copy,
    Failure,
    FailureKind,
    Job,
    JobId,
    Plan,
    Source,
    State,
)
from transcribid.domain.lifecycle import (
    Decision,
    Effect,
    IllegalTransition,
    RetryPolicy,
    decide,
)

POLICY = RetryPolicy(strikes=3, backoff=30.0, grace=900.0)
JOB = Job(JobId(1), Source("talk.mp3", 100, 7), admitted=1000.0)
COPY = Copy("ab", 5, 9)
PLAN = Plan("talk")


def failed(kind: FailureKind, attempt: int = 1) -> Failed:
    return Failed(attempt, Failure(kind, "why"))


def after(job: Job, *events: Event, now: float = 1000.0) -> Job:
    for event in events:
        job = decide(job, event, now=now, policy=POLICY).job
    return job


RUNNING = after(JOB, Dispatched(), Staged(1, COPY))
DIARIZING = after(RUNNING, Transcribed(1, speakers=True))


def test_a_good_recording_goes_from_the_queue_to_the_outbox() -> None:
    job, effects = JOB, list[Effect]()
    for event in (
        Dispatched(),
        Staged(1, COPY),
        Transcribed(1),
        Planned(PLAN),
        Delivered(),
    ):
        decision = decide(job, event, now=1000.0, policy=POLICY)
        job = decision.job
        effects += decision.effects

    assert job.state is State.DONE
    assert (job.copy, job.plan) == (COPY, PLAN)
    assert effects == [
        Effect.STAGE,
        Effect.START,
        Effect.PLAN,
        Effect.DELIVER,
        Effect.DISCARD,
        Effect.FORGET,
    ]


def test_where_speakers_are_wanted_they_are_found_after_the_words_are_kept() -> None:
    transcribed = decide(RUNNING, Transcribed(1, speakers=True), now=0.0, policy=POLICY)
    attributed = decide(transcribed.job, Attributed(1), now=0.0, policy=POLICY)

    assert (transcribed.job.state, transcribed.effects) == (State.DIARIZING, (Effect.DIARIZE,))
    assert (attributed.job.state, attributed.effects) == (State.DELIVERING, (Effect.PLAN,))


def test_after_a_death_only_the_speakers_are_looked_for_in_a_new_copy() -> None:
    again = decide(DIARIZING, Recovered(blamed=False), now=0.0, policy=POLICY)
    staged = decide(again.job, Staged(2, COPY), now=0.0, policy=POLICY)
    other = replace(COPY, sha256="another version")

    assert (again.job.attempt, again.effects) == (2, (Effect.STAGE,))
    assert (staged.job.state, staged.effects) == (State.DIARIZING, (Effect.DIARIZE,))
    assert after(again.job, Staged(2, other)).state is State.QUEUED
    assert after(again.job, Attributed(1)) == again.job


def test_deaths_while_speakers_are_looked_for_never_condemn() -> None:
    job, effects = replace(DIARIZING, strikes=0), list[Effect]()
    for _ in range(POLICY.strikes + 1):
        decision = decide(job, Recovered(blamed=True), now=0.0, policy=POLICY)
        job, effects = decision.job, [*effects, *decision.effects]

    assert effects == [Effect.STAGE] * POLICY.strikes + [Effect.FORGO]
    assert after(job, Attributed(job.attempt)).state is State.DELIVERING


@pytest.mark.parametrize("kind", FailureKind)
def test_a_recording_whose_words_are_there_is_not_condemned_for_its_copy(
    kind: FailureKind,
) -> None:
    job = after(DIARIZING, failed(kind), now=1000.0)

    assert (job.state, job.not_before) == (State.QUEUED, 1030.0)


@pytest.mark.parametrize("event", [TranscriptLost(), Interrupted(1)])
def test_speakers_that_cannot_be_looked_for_now_wait_in_the_queue(event: Event) -> None:
    assert after(DIARIZING, event).state is State.QUEUED


@pytest.mark.parametrize("kind", [FailureKind.ENGINE, FailureKind.LOST, FailureKind.MEMORY])
def test_a_strike_delays_and_the_last_one_condemns(kind: FailureKind) -> None:
    job = JOB
    waits: list[float] = []
    for attempt in (1, 2, 3):
        job = after(job, Dispatched(), Staged(attempt, COPY), failed(kind, attempt))
        waits.append(job.not_before - 1000.0)

    assert waits[:2] == [30.0, 60.0]
    assert (job.state, job.strikes) == (State.QUARANTINING, 3)


def test_an_attempt_that_got_further_is_no_strike() -> None:
    lost = Failed(1, Failure(FailureKind.LOST, "it died"), progressed=True)
    job = after(JOB, Dispatched(), Staged(1, COPY), lost)

    assert (job.state, job.strikes, job.not_before) == (State.QUEUED, 0, 1030.0)


def test_a_bad_recording_is_condemned_at_once() -> None:
    assert after(JOB, Dispatched(), failed(FailureKind.BAD_INPUT)).state is State.QUARANTINING


def test_an_unfinished_recording_is_waited_for_while_it_is_young() -> None:
    young = after(JOB, Dispatched(), failed(FailureKind.INCOMPLETE))
    old = after(JOB, Dispatched(), failed(FailureKind.INCOMPLETE), now=1900.0)

    assert (young.state, young.strikes, young.waits) == (State.QUEUED, 0, 1)
    assert young.not_before == 1030.0
    assert old.state is State.QUARANTINING


def test_an_attempt_that_wanted_all_of_it_is_followed_by_one_that_takes_what_there_is() -> None:
    strict = replace(failed(FailureKind.INCOMPLETE), strict=True)
    outlasted = after(JOB, Dispatched(), strict, now=1900.0)
    again = after(outlasted, Dispatched(), failed(FailureKind.INCOMPLETE, 2), now=1900.0)

    assert (outlasted.state, outlasted.strikes) == (State.QUEUED, 0)
    assert outlasted.not_before <= 1900.0
    assert again.state is State.QUARANTINING


def test_a_file_that_a_program_writes_is_waited_for_without_end() -> None:
    job = after(JOB, Dispatched(), failed(FailureKind.WRITING), now=999_999.0)

    assert (job.state, job.strikes) == (State.QUEUED, 0)


@pytest.mark.parametrize(
    "kind", [FailureKind.BYSTANDER, FailureKind.UNABLE, FailureKind.STORAGE]
)
def test_what_is_not_the_files_fault_is_not_charged(kind: FailureKind) -> None:
    job = after(JOB, Dispatched(), Staged(1, COPY), failed(kind))

    assert (job.state, job.strikes) == (State.QUEUED, 0)


def test_a_bystander_is_tried_again_at_once() -> None:
    job = after(JOB, Dispatched(), Staged(1, COPY), failed(FailureKind.BYSTANDER))

    assert job.not_before <= 1000.0


@pytest.mark.parametrize(
    "event", [Interrupted(1), failed(FailureKind.LOST), Recovered(blamed=True)]
)
def test_what_was_decoded_outlives_the_attempt(event: Event) -> None:
    running = after(JOB, Dispatched(), Staged(1, COPY))
    decision = decide(running, event, now=1000.0, policy=POLICY)

    assert decision.job.state is State.QUEUED
    assert decision.effects == (Effect.DISCARD,)


def test_an_orderly_stop_gives_the_attempt_back() -> None:
    job = after(JOB, Dispatched(), Staged(1, COPY), Interrupted(1))

    assert (job.state, job.strikes) == (State.QUEUED, 0)


@pytest.mark.parametrize("late", [Staged(1, COPY), Transcribed(1), failed(FailureKind.LOST)])
def test_a_late_word_from_an_abandoned_attempt_changes_nothing(late: Event) -> None:
    second = after(JOB, Dispatched(), Interrupted(1), Dispatched())

    assert decide(second, late, now=1000.0, policy=POLICY).job == second
    assert not decide(second, late, now=1000.0, policy=POLICY).effects


@pytest.mark.parametrize("event", [Withdrawn(), Cancelled()])
def test_a_job_can_be_taken_back_until_its_transcript_is_there(event: Event) -> None:
    delivering = after(RUNNING, Transcribed(1))

    for at_work in (RUNNING, DIARIZING):
        assert after(at_work, event).state in (State.WITHDRAWN, State.CANCELLED)
        assert decide(at_work, event, now=0.0, policy=POLICY).effects == (
            Effect.STOP,
            Effect.DISCARD,
            Effect.FORGET,
        )
    assert after(delivering, event) == delivering


@pytest.mark.parametrize("blamed", [True, False])
@pytest.mark.parametrize(
    ("before", "event", "effect"),
    [
        ((Dispatched(),), State.QUEUED, Effect.DISCARD),
        ((Dispatched(), Staged(1, COPY), Transcribed(1)), State.DELIVERING, Effect.PLAN),
        (
            (Dispatched(), Staged(1, COPY), Transcribed(1), Planned(PLAN)),
            State.DELIVERING,
            Effect.DELIVER,
        ),
        ((Dispatched(), failed(FailureKind.BAD_INPUT)), State.QUARANTINING, Effect.CONDEMN),
    ],
)
def test_recovery_goes_on_where_the_daemon_died(
    before: tuple[Event, ...], event: State, effect: Effect, blamed: bool
) -> None:
    decision = decide(after(JOB, *before), Recovered(blamed), now=0.0, policy=POLICY)

    assert (decision.job.state, decision.effects) == (event, (effect,))
    assert decision.job.strikes == 0


@pytest.mark.parametrize(("blamed", "strikes"), [(True, 1), (False, 0)])
def test_of_those_that_ran_when_the_daemon_died_only_the_blamed_gets_a_strike(
    blamed: bool, strikes: int
) -> None:
    job = after(JOB, Dispatched(), Staged(1, COPY), Recovered(blamed))

    assert (job.state, job.strikes) == (State.QUEUED, strikes)


def test_the_daemons_own_death_condemns_one_strike_later() -> None:
    job, ran = JOB, 0
    while job.state is State.QUEUED:
        ran += 1
        job = after(job, Dispatched(), Staged(ran, COPY), Recovered(blamed=True))

    assert (job.state, ran) == (State.QUARANTINING, POLICY.strikes + 1)


def test_what_somebody_waits_for_is_not_waited_for() -> None:
    urgent = after(replace(JOB, urgent=True), Dispatched(), failed(FailureKind.INCOMPLETE))

    assert urgent.state is State.QUARANTINING


def test_a_file_that_cannot_be_moved_is_blocked() -> None:
    condemned = after(JOB, Dispatched(), failed(FailureKind.BAD_INPUT))

    assert after(condemned, Quarantined(moved=False)).state is State.BLOCKED
    assert after(condemned, Quarantined(moved=True)).state is State.QUARANTINED


def test_a_recording_whose_outputs_were_there_is_done_at_once() -> None:
    decision = decide(JOB, Recognised(COPY, PLAN), now=0.0, policy=POLICY)

    assert (decision.job.state, decision.effects) == (State.DONE, ())
    assert (decision.job.copy, decision.job.plan) == (COPY, PLAN)
    with pytest.raises(IllegalTransition):
        decide(after(JOB, Dispatched()), Recognised(COPY, PLAN), now=0.0, policy=POLICY)


def test_a_kept_transcript_that_is_lost_is_made_again() -> None:
    planned = after(JOB, Dispatched(), Staged(1, COPY), Transcribed(1), Planned(PLAN))

    assert after(planned, TranscriptLost()).state is State.QUEUED
    assert after(planned, TranscriptLost()).plan is None


def test_a_storage_that_keeps_losing_transcripts_ends_the_matter() -> None:
    job, waits = JOB, list[float]()
    for attempt in (1, 2, 3):
        job = after(job, Dispatched(), Staged(attempt, COPY), Transcribed(attempt))
        job = after(job, Planned(PLAN), TranscriptLost(), now=1000.0)
        waits.append(job.not_before - 1000.0)

    assert waits[:2] == [30.0, 60.0]
    assert (job.state, job.losses, job.strikes) == (State.QUARANTINING, 3, 0)
    assert job.failure
    assert job.failure.kind is FailureKind.STORAGE
    assert "folders.state" in job.failure.remedy


def test_the_second_death_of_a_preparer_ends_the_matter_whatever_else_went_wrong() -> None:
    struck = replace(JOB, strikes=1, waits=10)
    once = after(struck, Dispatched(), Staged(1, COPY), failed(FailureKind.PREPARER))
    twice = after(once, Dispatched(), Staged(2, COPY), failed(FailureKind.PREPARER, 2))

    assert (once.state, once.deaths, once.strikes) == (State.QUEUED, 1, 1)
    assert twice.state is State.QUARANTINING


def test_deaths_of_preparers_at_different_places_do_not_add_up() -> None:
    job = after(JOB, Dispatched(), Staged(1, COPY), failed(FailureKind.PREPARER))
    further = replace(failed(FailureKind.PREPARER, 2), progressed=True)
    job = after(job, Dispatched(), Staged(2, COPY), further)

    assert (job.state, job.deaths) == (State.QUEUED, 1)


def test_what_never_finds_enough_memory_is_given_up_after_ten_times() -> None:
    job = replace(JOB, waits=100)
    for attempt in range(1, 11):
        starved = failed(FailureKind.STARVED, attempt)
        job = after(job, Dispatched(), Staged(attempt, COPY), starved)
        assert job.state is State.QUEUED
    job = after(job, Dispatched(), Staged(11, COPY), failed(FailureKind.STARVED, 11))

    assert (job.state, job.strikes) == (State.QUARANTINING, 0)


def test_contested_names_are_chosen_again() -> None:
    planned = after(JOB, Dispatched(), Staged(1, COPY), Transcribed(1), Planned(PLAN))
    decision = decide(planned, Contested(), now=0.0, policy=POLICY)

    assert decision.job.plan is None
    assert decision.effects == (Effect.PLAN,)


@pytest.mark.parametrize("event", [Dismissed(), Superseded()])
def test_only_what_was_given_up_is_past(event: Event) -> None:
    condemned = after(JOB, Dispatched(), failed(FailureKind.BAD_INPUT))
    for moved in (True, False):
        given_up = after(condemned, Quarantined(moved))
        past = decide(given_up, event, now=0.0, policy=POLICY)
        assert past == Decision(replace(given_up, state=State.WITHDRAWN))

    for job in (JOB, condemned, after(JOB, Cancelled())):
        with pytest.raises(IllegalTransition):
            after(job, event)


events = st.one_of(
    st.sampled_from(
        [
            Dispatched(),
            Planned(PLAN),
            Contested(),
            TranscriptLost(),
            Delivered(),
            Withdrawn(),
            Cancelled(),
            Recovered(blamed=True),
            Recovered(blamed=False),
            Quarantined(moved=True),
        ]
    ),
    st.builds(Staged, st.integers(1, 4), st.just(COPY)),
    st.builds(Transcribed, st.integers(1, 4), speakers=st.booleans()),
    st.builds(Attributed, st.integers(1, 4)),
    st.builds(Interrupted, st.integers(1, 4)),
    st.builds(failed, st.sampled_from(FailureKind), st.integers(1, 4)),
)


@given(st.lists(events, max_size=30))
def test_whatever_happens_an_end_is_an_end_and_strikes_stay_bounded(
    happened: list[Event],
) -> None:
    job = JOB
    for event in happened:
        try:
            decided = after(job, event)
        except IllegalTransition:
            continue
        if job.state in ENDED:
            assert decided.state is job.state
        assert decided.strikes <= POLICY.strikes + 1
        assert decided.attempt >= job.attempt
        job = decided


@given(st.sampled_from(State), events)
def test_every_pair_of_state_and_event_is_legal_or_refused_by_name(
    state: State, event: Event
) -> None:
    job = replace(JOB, state=state, attempt=1, plan=PLAN, copy=COPY)
    try:
        decision = decide(job, event, now=0.0, policy=POLICY)
    except IllegalTransition as refused:
        assert state in str(refused)
    else:
        assert isinstance(decision.job.state, State)
