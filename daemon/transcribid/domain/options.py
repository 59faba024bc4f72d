"""How one recording is to be transcribed."""

from dataclasses import dataclass
from enum import StrEnum


class Task(StrEnum):
    TRANSCRIBE = "transcribe"
    TRANSLATE = "translate"  # into English


@dataclass(frozen=True, slots=True)
class Options:
    language: str | None = None  # ISO 639-1; None: find out
    task: Task = Task.TRANSCRIBE
    vad: bool = True  # leave out what is not speech
    word_timestamps: bool = True
    initial_prompt: str | None = None
    hotwords: str | None = None
    beam_size: int = 5
    formats: tuple[str, ...] = ("txt", "srt", "json")
