"""The known clip: what an engine must hear right before it is trusted."""

from math import isfinite

from transcribid import starter
from transcribid.domain.job import JobId
from transcribid.domain.options import Options, Profile
from transcribid.domain.quality import Verdict as Trust
from transcribid.domain.quality import judge
from transcribid.domain.transcript import Transcript
from transcribid.wire import Refusal, Request, Verdict

JOB = JobId(0)  # no job of the ledger has this number
_CLIP = starter.clip()
_OPTIONS = Options(language=_CLIP.language, profile=Profile.FAST)


def requests(count: int) -> list[Request]:
    """The clip as often as the engine hears windows at once: a full load."""
    return [
        Request(JOB, number, str(_CLIP.path), "", _OPTIONS, 60.0, accept_partial=True)
        for number in range(1, count + 1)
    ]


def objection(verdict: Verdict) -> str:
    """Why an engine that answers so cannot be trusted; nothing if it can.

    A model of another language may write other words, as long as it is sure of them; what
    a broken device makes up is doubtful to the model itself, or not even a number.
    """
    if isinstance(verdict, Refusal):
        return verdict.failure.message
    return _fault(verdict.transcript)


def _fault(transcript: Transcript) -> str:
    if not transcript.text:
        return "It heard nothing in a clip of clear speech."
    if not all(isfinite(each.average_log_probability) for each in transcript.segments):
        return "It computes with something that is not a number."
    wrong = starter.word_errors(_CLIP.reference, transcript.text)
    mostly_right = wrong <= len(starter.words(_CLIP.reference)) / 2
    if mostly_right or judge(transcript).verdict is Trust.GOOD:
        return ""
    said = _CLIP.reference.strip()
    return f"It heard {transcript.text[:200]!r} where {said!r} is said."
