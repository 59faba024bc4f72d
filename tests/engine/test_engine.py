"""The real engine on real recordings: the starter model, its lanes and its preparers."""

import os
import queue
import signal
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from pathlib import Path

import pytest

from support.media import video
from support.processes import holder
from support.sounds import bundled, silence, written
from transcribid import starter
from transcribid.domain import quality
from transcribid.domain.job import Failure, FailureKind, JobId
from transcribid.domain.options import Options, Profile
from transcribid.domain.transcript import Transcript, Word
from transcribid.domain.window_result import WindowResult
from transcribid.engine.engine import WhisperEngine
from transcribid.preparer.mono import RATE
from transcribid.protocol.engine import (
    Progress,
    Refusal,
    Reply,
    Request,
    Settings,
    Success,
    Verdict,
    WindowDone,
)

ENGLISH = Options(language="en")
SHORT = starter.RECORDINGS / "en-short.wav"
LONG = starter.RECORDINGS / "en-long.flac"
MEETING = starter.RECORDINGS / "es-meeting.mp3"
PATIENCE = 60.0  # seconds


@pytest.fixture(scope="module")
def engine() -> Iterator[WhisperEngine]:
    with WhisperEngine(Settings("starter", "cpu", "int8")) as engine:
        yield engine


def asking(path: Path, options: Options = ENGLISH, job: int = 1) -> Request:
    return Request(JobId(job), 1, str(path), "aa", options, 86_400.0, accept_partial=True)


@dataclass
class Desk:
    """Several recordings at work in one engine, and its replies."""

    engine: WhisperEngine
    replies: queue.SimpleQueue[Reply] = field(default_factory=queue.SimpleQueue[Reply])

    def verdict(self) -> Verdict:
        while True:
            if isinstance(reply := self.replies.get(timeout=PATIENCE), Success | Refusal):
                return reply

    def window_result(self) -> WindowResult:
        while True:
            if isinstance(reply := self.replies.get(timeout=PATIENCE), WindowDone):
                return reply.window_result


def transcribed(
    engine: WhisperEngine, path: Path, options: Options = ENGLISH
) -> tuple[Transcript, list[WindowResult]]:
    replies = list(engine.transcribe(asking(path, options)))
    assert isinstance(replies[-1], Success)
    return replies[-1].transcript, [
        reply.window_result for reply in replies if isinstance(reply, WindowDone)
    ]


def transcript(engine: WhisperEngine, path: Path, options: Options = ENGLISH) -> Transcript:
    return transcribed(engine, path, options)[0]


def refused(engine: WhisperEngine, request: Request) -> Failure:
    *_, verdict = engine.transcribe(request)
    assert isinstance(verdict, Refusal)
    return verdict.failure


def words(transcript: Transcript) -> list[Word]:
    return [word for segment in transcript.segments for word in segment.words]


def errors(path: Path, transcript: Transcript) -> int:
    return starter.word_errors(path.with_suffix(".txt").read_text(), transcript.text)


def test_nobody_waits_for_the_end_of_a_long_recording(
    engine: WhisperEngine, tmp_path: Path
) -> None:
    desk = Desk(engine)
    bad = tmp_path / "bad.mp3"
    bad.write_text("this is text\n" * 100)
    long = written(tmp_path / "long.wav", *[bundled("en-long.flac")] * 12)
    at_work = [
        engine.add(asking(path, job=job), desk.replies.put)
        for job, path in enumerate([long, SHORT, bad, SHORT], 1)
    ]
    verdicts = [desk.verdict() for _ in range(3)]
    engine.cancel(at_work[0])

    assert {verdict.job: type(verdict) for verdict in verdicts} == {
        2: Success,
        3: Refusal,
        4: Success,
    }


def test_the_language_is_that_of_the_recording_and_not_of_its_first_words(
    engine: WhisperEngine, tmp_path: Path
) -> None:
    english, spanish = bundled("en-two-speakers.flac"), bundled("es-meeting.mp3")
    path = written(tmp_path / "a.wav", english, silence(40.0), spanish, silence(2.0), spanish)
    found = transcript(engine, path, Options())

    assert found.language == "es"
    assert 0.5 < found.language_probability < 0.99
    assert [part.language for part in found.foreign] == ["en"]
    assert found.foreign[0].span.end < 25.0


def test_a_multilingual_recording_is_transcribed_in_all_its_languages(
    engine: WhisperEngine, tmp_path: Path
) -> None:
    spanish, english = bundled("es-meeting.mp3"), bundled("en-two-speakers.flac")
    path = written(tmp_path / "a.wav", spanish, silence(30.0), english, silence(30.0), spanish)
    found, window_results = transcribed(engine, path, Options(multilingual=True))

    assert [key for key, _ in groupby(each.language for each in window_results)] == [
        "es",
        "en",
        "es",
    ]
    assert found.language == "es"
    english_text = " ".join(each.text for each in found.segments if each.language == "en")
    reference = (starter.RECORDINGS / "en-two-speakers.txt").read_text()
    assert starter.word_errors(reference, english_text) < 8
    assert not found.foreign


@pytest.mark.parametrize(("language", "foreign"), [("es", []), ("en", ["es"])])
def test_a_language_that_was_given_is_used_and_doubted_where_it_sounds_like_another(
    engine: WhisperEngine, language: str, foreign: list[str]
) -> None:
    found, window_results = transcribed(engine, MEETING, Options(language=language))

    assert (found.language, found.language_probability) == (language, 1.0)
    assert {(each.language, each.sounds_like) for each in window_results} == {(language, "es")}
    assert [each.language for each in found.foreign] == foreign


@pytest.mark.parametrize(
    ("languages", "expected"), [((), "es"), (("en",), "en"), (("de", "es", "en"), "es")]
)
def test_only_candidates_are_languages_that_are_found_out(
    engine: WhisperEngine, languages: tuple[str, ...], expected: str
) -> None:
    found = transcript(engine, MEETING, Options(languages=languages))

    assert found.language == expected
    assert (found.language_probability > 0.5) is (expected == "es")


def test_times_grow_and_stay_inside_the_recording(engine: WhisperEngine) -> None:
    found = transcript(engine, LONG)
    times = [time for word in words(found) for time in (word.start, word.end)]

    assert times == sorted(times)
    assert times[0] >= 0.0
    assert found.segments[-1].end <= found.duration
    for segment in found.segments:
        assert (segment.start, segment.end) == (segment.words[0].start, segment.words[-1].end)


def test_silence_that_was_left_out_shifts_no_words(
    engine: WhisperEngine, tmp_path: Path
) -> None:
    speech = bundled("en-short.wav")
    path = written(tmp_path / "a.wav", speech, silence(9.0), speech, silence(7.0), speech)
    found, window_results = transcribed(engine, path)
    spoken = [Word(0.0, 0.0, "", 1.0), *words(found)]
    starts = [word.start for last, word in pairwise(spoken) if word.start > last.end + 5.0]
    starts.insert(0, spoken[1].start)
    length = len(speech) / RATE

    assert len(window_results) == 1
    assert starts == pytest.approx(
        [starts[0], starts[0] + length + 9.0, starts[0] + 2 * length + 16.0], abs=0.25
    )


def test_a_recording_whose_sound_begins_late_has_late_words(
    engine: WhisperEngine, tmp_path: Path
) -> None:
    path = video(tmp_path / "late.mkv", seconds=9.0, sound=True, delay=5.0)
    found, usual = transcript(engine, path), transcript(engine, SHORT)

    assert found.text == usual.text
    assert [word.start for word in words(found)] == pytest.approx(
        [word.start + 5.0 for word in words(usual)], abs=0.3
    )


def test_a_damaged_recording_yields_nearly_everything_and_says_so(
    engine: WhisperEngine, tmp_path: Path
) -> None:
    content = bytearray(MEETING.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 8000] = bytes(range(250)) * 32
    path = tmp_path / "damaged.mp3"
    path.write_bytes(content)
    found = transcript(engine, path, Options())
    judged = quality.judge(found)

    assert found.language == "es"
    assert errors(MEETING, found) < 12  # of 48 words
    assert found.segments[-1].end > 24.0
    assert judged.verdict is quality.Verdict.PARTIAL
    assert "could not be decoded" in judged.reasons[0]


def test_a_recording_that_was_cut_is_waited_for_or_partial(
    engine: WhisperEngine, tmp_path: Path
) -> None:
    path = tmp_path / "cut.flac"
    path.write_bytes(LONG.read_bytes()[:700_000])
    strict = Request(JobId(1), 1, str(path), "aa", ENGLISH, 86_400.0, accept_partial=False)

    assert refused(engine, strict).kind is FailureKind.INCOMPLETE
    assert quality.judge(transcript(engine, path)).verdict is quality.Verdict.PARTIAL


def test_a_file_that_is_no_recording_is_bad_input(
    engine: WhisperEngine, tmp_path: Path
) -> None:
    path = tmp_path / "talk.mp3"
    path.write_bytes(b"nonsense " * 999)

    assert refused(engine, asking(path)).kind is FailureKind.BAD_INPUT


def test_a_copy_that_cannot_be_read_is_not_the_recordings_fault(
    engine: WhisperEngine, tmp_path: Path
) -> None:
    assert refused(engine, asking(tmp_path / "gone.wav")).kind is FailureKind.STORAGE


def test_what_is_really_said_again_and_again_stays_whole_and_is_doubted(
    engine: WhisperEngine, tmp_path: Path
) -> None:
    path = written(tmp_path / "again.wav", *[bundled("en-short.wav")] * 7)
    for profile in Profile:
        found, window_results = transcribed(
            engine, path, Options(language="en", profile=profile)
        )

        assert found.text.count("46 people") + found.text.count("forty six people") >= 6
        assert not found.removed
        assert "repeats" in window_results[0].doubts


def test_what_has_no_gap_is_decoded_once(engine: WhisperEngine) -> None:
    assert [
        window_result.rests for window_result in transcribed(engine, MEETING, Options())[1]
    ] == [0]


def test_words_are_left_out_where_nobody_wants_them(engine: WhisperEngine) -> None:
    found = transcript(engine, SHORT, Options(language="en", word_timestamps=False))

    assert (words(found), errors(SHORT, found)) == ([], 0)
    assert found.segments[0].end > found.segments[0].start + 2.0


def test_a_recording_that_is_taken_back_is_answered_at_once(
    engine: WhisperEngine, tmp_path: Path
) -> None:
    desk = Desk(engine)
    path = written(tmp_path / "long.wav", *[bundled("en-long.flac")] * 8)
    running = engine.add(asking(path, job=1), desk.replies.put)
    waiting = engine.add(asking(path, job=2), desk.replies.put)
    desk.window_result()
    engine.cancel(waiting)
    second = desk.verdict()
    engine.cancel(running)
    engine.cancel(running)
    first = desk.verdict()
    engine.add(asking(SHORT, job=3), desk.replies.put)
    third = desk.verdict()

    assert [each.job for each in (second, first, third)] == [2, 1, 3]
    for verdict in (first, second):
        assert isinstance(verdict, Refusal)
        assert verdict.failure.kind is FailureKind.BYSTANDER
    assert isinstance(third, Success)
    assert desk.replies.empty()


def test_a_killed_preparer_loses_its_recording_and_no_other(
    engine: WhisperEngine, tmp_path: Path
) -> None:
    desk = Desk(engine)
    path = written(tmp_path / "long.wav", *[bundled("en-long.flac")] * 40)
    engine.add(asking(path, job=1), desk.replies.put)
    engine.add(asking(SHORT, job=2), desk.replies.put)
    desk.window_result()
    preparer = holder(path)
    assert preparer
    os.kill(preparer, signal.SIGKILL)
    sound, lost = sorted((desk.verdict(), desk.verdict()), key=lambda each: -each.job)

    assert isinstance(lost, Refusal)
    assert (lost.job, lost.failure.kind) == (1, FailureKind.PREPARER)
    assert "SIGKILL" in lost.failure.message
    assert isinstance(sound, Success)
    assert errors(SHORT, sound.transcript) == 0


def test_progress_grows_up_to_the_end(engine: WhisperEngine) -> None:
    replies = list(engine.transcribe(asking(LONG)))
    positions = [reply.position for reply in replies if isinstance(reply, Progress)]

    assert positions == sorted(positions)
    assert positions[-1] > 70.0


def test_an_engine_that_closes_leaves_no_process_behind(tmp_path: Path) -> None:
    path = written(tmp_path / "long.wav", *[bundled("en-long.flac")] * 12)
    with WhisperEngine(Settings("starter", "cpu", "int8")) as engine:
        desk = Desk(engine)
        engine.add(asking(path), desk.replies.put)
        desk.window_result()
        assert holder(path)

    assert holder(path) is None
    replies = [desk.replies.get() for _ in range(desk.replies.qsize())]
    assert not [each for each in replies if isinstance(each, Success)]
