"""Who spoke when in the bundled conversation, and how much of an answer is right."""

import json
from collections import Counter
from itertools import permutations
from pathlib import Path
from typing import Any

from transcribid import starter
from transcribid.domain.transcript import Turn

PIPELINE = Path(__file__).parent / "pipeline"
CONVERSATION = starter.RECORDINGS / "en-two-speakers.flac"
_RTTM = Path(__file__).parent / "en-two-speakers.rttm"
_STEP = 0.01  # seconds

Document = dict[str, Any]


def reference() -> list[Turn]:
    """As the recording was made."""
    rows = [line.split() for line in _RTTM.read_text().splitlines() if line]
    return [Turn(float(row[3]), float(row[3]) + float(row[4]), row[7]) for row in rows]


def document(path: Path) -> Document:
    return json.loads(path.read_bytes())


def turns(document: Document) -> list[Turn]:
    return [Turn(**each) for each in document["diarization"]["turns"]]


def error_rate(found: list[Turn], truth: list[Turn] | None = None) -> float:
    """Missed, false and confused speech, as a share of the speech there is; no collar.

    By hundredths of a second, under the most favourable naming: what
    pyannote.metrics.DiarizationErrorRate gives where nobody speaks at the same time.
    """
    truth = truth or reference()
    length = round(max(turn.end for turn in [*truth, *found]) / _STEP)
    pairs = Counter(zip(_sampled(truth, length), _sampled(found, length), strict=True))
    speech = sum(count for (true, _), count in pairs.items() if true)
    wrong = [
        sum(count for (true, guess), count in pairs.items() if true != naming.get(guess))
        for naming in _namings(found)
    ]
    return min(wrong) / speech


def share_of_words(document: Document) -> float:
    """Words with the right speaker, under the most favourable naming."""
    words = [word for segment in document["segments"] for word in segment["words"]]
    pairs = [
        (_nearest((word["start"] + word["end"]) / 2), word.get("speaker")) for word in words
    ]
    right = [
        sum(true == naming.get(guess) for true, guess in pairs)
        for naming in _namings(turns(document))
    ]
    return max(right) / len(pairs)


def _namings(found: list[Turn]) -> list[dict[str | None, str]]:
    names = sorted({turn.speaker for turn in reference()})
    speakers = sorted({turn.speaker for turn in found})
    padded = [*speakers, *[f"nobody {number}" for number in range(len(names))]]
    return [
        dict(zip(chosen, names, strict=True)) for chosen in permutations(padded, len(names))
    ]


def _sampled(found: list[Turn], length: int) -> list[str | None]:
    """Who speaks at each hundredth of a second."""
    sampled: list[str | None] = [None] * length
    for turn in found:
        start, end = round(turn.start / _STEP), round(turn.end / _STEP)
        sampled[start:end] = [turn.speaker] * (end - start)
    return sampled


def _nearest(moment: float) -> str:
    """Whose turn a word is in; its time is that of the transcript, and not exact."""
    return min(
        reference(), key=lambda turn: max(turn.start - moment, moment - turn.end, 0.0)
    ).speaker
