"""What a caller may wish for one recording, above its configuration."""

import json

from pydantic import BaseModel

from transcribid.config.wishes import of_speakers


class Wishes(BaseModel):
    language: str | None = None  # ISO 639-1, or auto
    with_diarization: bool | None = None
    num_speakers: int | None = None  # any of these asks for speakers, too
    min_speakers: int | None = None
    max_speakers: int | None = None

    def options(self) -> str:
        """In JSON; nothing where the configuration is to say it all."""
        speakers = of_speakers(
            self.with_diarization, self.num_speakers, self.min_speakers, self.max_speakers
        )
        told = {"language": self.language, "diarization": speakers}
        wished = {name: value for name, value in told.items() if value}
        return json.dumps(wished) if wished else ""
