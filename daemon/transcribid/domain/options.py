"""How one recording is to be transcribed."""

from dataclasses import dataclass
from enum import StrEnum


class Profile(StrEnum):
    QUALITY = "quality"  # five hypotheses
    FAST = "fast"  # one hypothesis


class Task(StrEnum):
    TRANSCRIBE = "transcribe"
    TRANSLATE = "translate"  # into English


@dataclass(frozen=True, slots=True)
class Diarization:
    """Whether to distinguish speakers, and what is known about their number."""

    enabled: bool = False
    num_speakers: int | None = None  # exact number; None: detect
    min_speakers: int | None = None
    max_speakers: int | None = None


@dataclass(frozen=True, slots=True)
class Options:
    language: str | None = None  # ISO 639-1; None: detect
    languages: tuple[str, ...] = ()  # candidates for detection; none: all
    track: int | None = None  # audio track, from 1; None: the best match
    task: Task = Task.TRANSCRIBE
    multilingual: bool = False  # detect the language of each window, not of the recording
    profile: Profile = Profile.QUALITY
    vad: bool = True  # leave out what is not speech
    vad_threshold: float = 0.5  # probability from which a frame is speech
    vad_min_speech: float = 0.0  # seconds; shorter speech is noise
    vad_min_silence: float = 0.1  # seconds; a shorter silence is within speech
    vad_speech_pad: float = 0.4  # seconds of silence kept before and after speech
    word_timestamps: bool = True
    initial_prompt: str | None = None
    hotwords: str | None = None
    beam_size: int | None = None  # hypotheses; None: the profile's number
    formats: tuple[str, ...] = ("txt", "srt", "json")
    diarization: Diarization = Diarization()
