"""The small model and recordings that ship with the package: for demo, self-test and tests."""

import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

MODEL = Path(__file__).parent / "model"
RECORDINGS = Path(__file__).parent / "recordings"

# Word errors to tolerate: on an AVX-512 processor with int8 there are 0, 0, 0, 3, 0, 17 and 0,
# and other processors round differently (with AVX2 alone 31 instead of 17). Decoding was tuned
# on real weights; this model, trained with timestamps, would do slightly better with them.
_ALLOWED = (
    ("en-short.wav", "en", 0),
    ("es-short.m4a", "es", 0),
    ("en-noisy.ogg", "en", 1),
    ("en-two-speakers.flac", "en", 5),
    ("es-meeting.mp3", "es", 3),
    ("en-long.flac", "en", 36),
    ("silence.wav", "en", 0),
)


@dataclass(frozen=True, slots=True)
class BundledRecording:
    path: Path
    reference: str  # the reference transcript, one sentence per line
    language: str  # ISO 639-1
    allowed_errors: int  # words


def recordings() -> tuple[BundledRecording, ...]:
    return tuple(
        BundledRecording(RECORDINGS / name, _reference(name), language, allowed_errors)
        for name, language, allowed_errors in _ALLOWED
    )


def clip() -> BundledRecording:
    """A few seconds of clear speech."""
    return recordings()[0]


def word_errors(reference: str, hypothesis: str) -> int:
    """Substitutions, insertions and deletions of words; case and punctuation do not count."""
    others = words(hypothesis)
    row = list(range(len(others) + 1))
    for done, word in enumerate(words(reference), 1):
        above, row = row, [done]
        for column, other in enumerate(others, 1):
            changed = above[column - 1] + (word != other)
            row.append(min(changed, above[column] + 1, row[-1] + 1))
    return row[-1]


def words(text: str) -> list[str]:
    return re.findall(r"\w+", unicodedata.normalize("NFC", text).lower())


def _reference(name: str) -> str:
    return (RECORDINGS / name).with_suffix(".txt").read_text(encoding="utf-8")
