"""The self-test: an engine must transcribe a known clip correctly before it is trusted."""

from math import isfinite

from transcribid import starter
from transcribid.domain.gate import LOG_PROBABILITY
from transcribid.domain.job import Failure, FailureKind, JobId
from transcribid.domain.loops import repetitive
from transcribid.domain.options import Options, Profile
from transcribid.domain.symptoms import recognised
from transcribid.domain.transcript import Transcript
from transcribid.domain.window_result import Doubt
from transcribid.protocol.engine import Ready, Refusal, Request, Verdict

JOB = JobId(0)  # no job of the ledger has this number
_CLIP = starter.clip()
_OPTIONS = Options(language=_CLIP.language, profile=Profile.FAST)
_MIN_LIMIT, _FACTOR = 10.0, 10  # seconds, and multiple of the last duration, before giving up
_REMEDY = "Run: transcribid doctor."


class Canary:
    """Runs one trial of an engine at a time."""

    def __init__(self, longest: float) -> None:
        """`longest`: seconds that the first trial may take."""
        self.limit = self._longest = longest
        self.running = False
        self.failure: Failure | None = None
        self._ready: Ready | None = None
        self._unanswered = 0
        self._began = 0.0

    def begin(self, ready: Ready, now: float) -> list[Request]:
        """One request per concurrent window: a full load."""
        self.running, self.failure = True, None
        self._ready, self._began, self._unanswered = ready, now, ready.concurrent_windows
        return [_request(number) for number in range(1, ready.concurrent_windows + 1)]

    def receive(self, verdict: Verdict, now: float) -> Ready | None:
        """The engine's Ready message once it has passed; else `failure` may say why not."""
        if why := objection(verdict):
            kind = FailureKind.UNABLE
            if isinstance(verdict, Refusal) and verdict.failure.kind is FailureKind.MEMORY:
                kind = FailureKind.MEMORY
            symptom = recognised(why)
            message = f"The engine failed its self-test. {why}"
            remedy = symptom.remedy if symptom else _REMEDY
            self.running, self.failure = False, Failure(kind, message, remedy)
            return None
        self._unanswered -= 1
        if self._unanswered:
            return None
        took = now - self._began
        self.running, self.limit = False, min(self._longest, max(_MIN_LIMIT, _FACTOR * took))
        return self._ready


def objection(verdict: Verdict) -> str:
    """Why an engine with this verdict cannot be trusted; empty if it can.

    A model of another language may write other words, as long as it is confident; the output
    of a broken device repeats itself, has a low probability, or is not even a number. The rule
    is separate from the quality verdict on transcripts, which may get stricter without
    stopping a healthy engine.
    """
    if isinstance(verdict, Refusal):
        return verdict.failure.message
    return _fault(verdict.transcript)


def _request(number: int) -> Request:
    return Request(JOB, number, str(_CLIP.path), "", _OPTIONS, 60.0, accept_partial=True)


def _sure(transcript: Transcript) -> bool:
    return not repetitive(transcript.text) and all(
        each.average_log_probability >= LOG_PROBABILITY and Doubt.REPEATS not in each.doubts
        for each in transcript.segments
    )


def _fault(transcript: Transcript) -> str:
    if not transcript.text:
        return "It found no words in a clip of clear speech."
    if not all(isfinite(each.average_log_probability) for each in transcript.segments):
        return "It computes NaN or infinity."
    wrong = starter.word_errors(_CLIP.reference, transcript.text)
    mostly_right = wrong <= len(starter.words(_CLIP.reference)) / 2
    if mostly_right or _sure(transcript):
        return ""
    expected = _CLIP.reference.strip()
    return f"It transcribed {transcript.text[:200]!r}; expected {expected!r}."
