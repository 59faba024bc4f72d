"""The known clip: what an engine must hear right before it is trusted."""

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
_LEAST, _TIMES = 10.0, 10  # seconds, and times as long as the last time, until we give up
_REMEDY = "Run: transcribid doctor."


class Canary:
    """One trial of an engine after the other."""

    def __init__(self, longest: float) -> None:
        """`longest` is how many seconds the first may take."""
        self.limit = self._longest = longest
        self.on = False
        self.failure: Failure | None = None
        self._ready: Ready | None = None
        self._unanswered = 0
        self._began = 0.0

    def begin(self, ready: Ready, now: float) -> list[Request]:
        """The clip as often as the engine hears windows at once: a full load."""
        self.on, self.failure = True, None
        self._ready, self._began, self._unanswered = ready, now, ready.at_once
        return [_request(number) for number in range(1, ready.at_once + 1)]

    def hear(self, verdict: Verdict, now: float) -> Ready | None:
        """The engine's first word, once it has passed; else, `failure` may say why not."""
        if why := objection(verdict):
            kind = FailureKind.UNABLE
            if isinstance(verdict, Refusal) and verdict.failure.kind is FailureKind.MEMORY:
                kind = FailureKind.MEMORY
            symptom = recognised(why)
            message = f"The engine failed its self-test. {why}"
            remedy = symptom.remedy if symptom else _REMEDY
            self.on, self.failure = False, Failure(kind, message, remedy)
            return None
        self._unanswered -= 1
        if self._unanswered:
            return None
        took = now - self._began
        self.on, self.limit = False, min(self._longest, max(_LEAST, _TIMES * took))
        return self._ready


def objection(verdict: Verdict) -> str:
    """Why an engine that answers so cannot be trusted; nothing if it can.

    A model of another language may write other words, as long as it is sure of them; what
    a broken device makes up goes round in circles, is doubtful to the model itself, or is not
    even a number. The rule is apart from the verdict on transcripts: that may get stricter
    without stopping a healthy engine.
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
    said = _CLIP.reference.strip()
    return f"It transcribed {transcript.text[:200]!r}; expected {said!r}."
