"""What was heard in one window of a recording: the unit that is kept and resumed."""

from dataclasses import dataclass
from enum import StrEnum

from transcribid.domain.transcript import Removed, Span, Word


class Doubt(StrEnum):
    """Why what was heard in a window may be wrong."""

    REPEATS = "repeats"  # the text goes round in circles
    GUESSED = "guessed"  # by Whisper's own measure; the verdict has a finer one
    CUT = "cut"  # more was said than fits into one answer
    UNHEARD = "unheard"  # there is speech without words


@dataclass(frozen=True, slots=True)
class WindowResult:
    """One window of at most 30 seconds of sound, and what was heard in it."""

    index: int  # of the window in the recording, from 0
    start: float  # seconds, of the first sound in it
    end: float  # seconds, of the last
    speech: float  # seconds of speech in it, by voice activity detection
    language: str  # ISO 639-1, that it was transcribed in
    language_probability: float  # of that one among all, 0 to 1; 1 where nobody asked
    sounds_like: str  # the language it sounds like; the same where nobody asked
    sounds_like_probability: float  # 0 to 1
    words: tuple[Word, ...]
    average_log_probability: float  # natural logarithm, mean over the tokens of text
    no_speech_probability: float  # 0 to 1
    compression_ratio: float  # of the text, by zlib: how repetitive it is
    rests: int  # parts without words that were decoded by themselves
    doubts: tuple[Doubt, ...]
    unheard: tuple[Span, ...]  # speech for which no words were found
    removed: tuple[Removed, ...]  # words that nobody said
    bookmark: str  # where preparing goes on after it
    made_with: str  # fingerprint of the sound, the options and the performer
