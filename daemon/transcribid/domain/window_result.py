"""The result of decoding one window: the unit of checkpoints and resuming."""

from dataclasses import dataclass
from enum import StrEnum

from transcribid.domain.transcript import Removed, Span, Word


class Doubt(StrEnum):
    """Why the text of a window may be wrong."""

    REPEATS = "repeats"  # the text is a loop
    GUESSED = "guessed"  # by Whisper's own measure; the verdict has a finer one
    CUT = "cut"  # the model hit its limit of tokens
    UNHEARD = "unheard"  # there is speech without words


@dataclass(frozen=True, slots=True)
class WindowResult:
    """One window of at most 30 seconds of audio, and what was decoded."""

    index: int  # of the window in the recording, from 0
    start: float  # seconds, of its first sample
    end: float  # seconds, of its last sample
    speech: float  # seconds of speech in it, by voice activity detection
    language: str  # ISO 639-1, that it was transcribed in
    language_probability: float  # of that one among all, 0 to 1; 1 without detection
    sounds_like: str  # the detected language; the same without detection
    sounds_like_probability: float  # 0 to 1
    words: tuple[Word, ...]
    average_log_probability: float  # natural logarithm, mean over text tokens
    no_speech_probability: float  # 0 to 1
    compression_ratio: float  # of the text, by zlib: how repetitive it is
    rests: int  # gaps that were decoded separately
    doubts: tuple[Doubt, ...]
    unheard: tuple[Span, ...]  # speech for which no words were found
    removed: tuple[Removed, ...]  # words that nobody spoke
    bookmark: str  # where preparation continues after it
    made_with: str  # fingerprint of the audio, the options and the performer
