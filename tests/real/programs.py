"""The programs that hear a set: ours and the three ways of faster-whisper."""

from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

from real.recordings import Recording, VoiceSet
from real.weights import Model


class Program(StrEnum):
    OURS = "transcribid"
    DEFAULTS = "faster-whisper"
    WITHOUT_CONTEXT = "faster-whisper, no previous text"
    BATCHED = "faster-whisper, batched"


THEIRS = (Program.DEFAULTS, Program.WITHOUT_CONTEXT, Program.BATCHED)


class Languages(StrEnum):
    """What the programs are told of the language."""

    SET = "set"
    AUTO = "auto"  # nothing: they find out


@dataclass(frozen=True, slots=True)
class Setup:
    model: Model = Model.BASE
    languages: Languages = Languages.SET

    def language(self, recording: Recording) -> str | None:
        """What a program is told of it; a model of English alone is never told another."""
        english_only = self.model is Model.TINY_EN
        if self.languages is Languages.AUTO or (english_only and recording.language != "en"):
            return None
        return recording.language

    def by_language(
        self, voices: VoiceSet
    ) -> tuple[tuple[str | None, tuple[Recording, ...]], ...]:
        def spoken(recording: Recording) -> str:
            return self.language(recording) or ""

        groups = groupby(sorted(voices.recordings, key=spoken), key=spoken)
        return tuple((language or None, tuple(group)) for language, group in groups)
