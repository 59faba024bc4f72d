"""Options a caller may set for one recording, overriding its configuration."""

import json
import re

from fastapi import HTTPException
from pydantic import BaseModel

from transcribid.config import Config, ConfigError
from transcribid.config.languages import AUTO, CODES, NAMES
from transcribid.config.overrides import diarization_options
from transcribid.config.per_file import effective
from transcribid.domain.options import Options

_BY_NAME = {name: code for code, name in NAMES.items()}


class JobOverrides(BaseModel):
    language: str | None = None  # ISO 639-1 or in English, or auto
    with_diarization: bool | None = None
    num_speakers: int | None = None  # any of these three implies diarization
    min_speakers: int | None = None
    max_speakers: int | None = None

    def as_json(self) -> str:
        """Empty if nothing is overridden."""
        speakers = diarization_options(
            enabled=self.with_diarization,
            num_speakers=self.num_speakers,
            min_speakers=self.min_speakers,
            max_speakers=self.max_speakers,
        )
        values = {"language": language(self.language or ""), "diarization": speakers}
        given = {name: value for name, value in values.items() if value}
        return json.dumps(given) if given else ""


def checked(config: Config, name: str, overrides: str) -> Options:
    """All options of the recording with this name. Raises HTTPException if any is invalid."""
    try:
        return effective(config, name, overrides).options
    except ConfigError as error:
        raise HTTPException(422, str(error)) from None


def language(text: str) -> str:
    """Whisper's code for it; an unknown language is returned unchanged.

    >>> [language(text) for text in ("EN", "en-US", "pt_BR", "English", "AUTO", "klingon")]
    ['en', 'en', 'pt', 'en', 'auto', 'klingon']
    """
    word = text.strip().lower()
    code = re.split("[-_]", word)[0]
    return code if code in (AUTO, *CODES) else _BY_NAME.get(word, text)
