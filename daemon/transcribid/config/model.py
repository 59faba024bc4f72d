"""The whole configuration."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, PrivateAttr

from transcribid.config.problem import DEFAULT, Key, Origin
from transcribid.config.quantity import Duration
from transcribid.config.recording import Rule, Transcription
from transcribid.config.section import Section, listed, option
from transcribid.config.sections import (
    DiarizationSection,
    EngineSection,
    FoldersSection,
    HooksSection,
    LimitsSection,
    LoggingSection,
    OutputsSection,
    RetrySection,
    WatchSection,
    WebSection,
)


@dataclass(frozen=True, slots=True)
class Origins:
    """Does not count when configurations are compared."""

    places: Mapping[Key, Origin] = field(default_factory=dict[Key, Origin], compare=False)


def _section(kind: type[Section], description: str) -> Any:
    return Field(default_factory=kind, description=description)


class Config(Section):
    folders: FoldersSection = _section(
        FoldersSection,
        "Relative paths start at the folder of this file. None may lie inside another.",
    )
    watch: WatchSection = _section(WatchSection, "How the inbox is watched.")
    after_success: Literal["archive", "keep", "delete"] = option(
        "archive", "What becomes of a transcribed recording: archive, keep or delete."
    )
    engine: EngineSection = _section(EngineSection, "What transcribes.")
    transcription: Transcription = _section(Transcription, "How recordings are transcribed.")
    diarization: DiarizationSection = _section(DiarizationSection, "Who said what.")
    outputs: OutputsSection = _section(OutputsSection, "What is written.")
    rules: Annotated[tuple[Rule, ...], BeforeValidator(listed)] = option(
        (), "Other options for some recordings; a later rule wins."
    )
    retry: RetrySection = _section(RetrySection, "When an attempt fails.")
    limits: LimitsSection = _section(LimitsSection, "What is not taken.")
    stop_grace: Duration = option("90s", "Time to finish a recording when stopped.")
    web: WebSection = _section(WebSection, "Status over HTTP.")
    hooks: HooksSection = _section(HooksSection, "Who is told when something happened.")
    logging: LoggingSection = _section(LoggingSection, "What is logged, and how.")

    _origins: Origins = PrivateAttr(default_factory=Origins)

    @property
    def wants_speakers(self) -> bool:
        """Whether it asks for them; a folder, a recording or a caller still may."""
        return self.diarization.enabled or any(each.diarization.enabled for each in self.rules)

    def settled(self, base: Path, places: Mapping[Key, Origin]) -> Self:
        """The same, with absolute folders and knowing where each key was set."""
        config = self.model_copy(update={"folders": self.folders.under(base)})
        config._origins = Origins(places)
        return config

    def origin(self, *key: str | int) -> Origin:
        return self._origins.places.get(key, DEFAULT)


def schema() -> dict[str, Any]:
    """The JSON schema of the file."""
    dialect = "https://json-schema.org/draft/2020-12/schema"
    return {"$schema": dialect, **Config.model_json_schema()}
