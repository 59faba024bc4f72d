"""What is said in a recording, where it is known, and sets of such recordings."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Prompt:
    """Something that one person said at one go, somewhere in a recording."""

    start: float  # seconds
    end: float
    text: str


@dataclass(frozen=True, slots=True)
class Recording:
    path: Path
    language: str | None  # None: nothing is said
    text: str
    seconds: float
    prompts: tuple[Prompt, ...] = ()  # of those that were joined from several


@dataclass(frozen=True, slots=True)
class VoiceSet:
    name: str
    recordings: tuple[Recording, ...]
    left_out: tuple[str, ...] = ()  # what belongs to it and cannot be had, with the reason
