"""The whole configuration."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, PrivateAttr

from transcribid.config.problem import DEFAULT, Key, Origin
from transcribid.config.quantity import Duration
from transcribid.config.recording import Rule, Transcription
from transcribid.config.section import Section, empty_if_null, option
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
    """Ignored when configurations are compared."""

    places: Mapping[Key, Origin] = field(default_factory=dict[Key, Origin], compare=False)


def _section(kind: type[Section], description: str) -> Any:
    return Field(default_factory=kind, description=description)


class Config(Section):
    folders: FoldersSection = _section(
        FoldersSection,
        "Relative paths start at this file's folder. No folder may contain another.",
    )
    watch: WatchSection = _section(WatchSection, "How the inbox is watched.")
    after_success: Literal["archive", "keep", "delete"] = option(
        "archive", "What happens to a transcribed recording: archive, keep or delete."
    )
    engine: EngineSection = _section(EngineSection, "Transcription engine.")
    transcription: Transcription = _section(Transcription, "How recordings are transcribed.")
    diarization: DiarizationSection = _section(DiarizationSection, "Speaker diarization.")
    outputs: OutputsSection = _section(OutputsSection, "Output files.")
    rules: Annotated[tuple[Rule, ...], BeforeValidator(empty_if_null)] = option(
        (), "Options for matching recordings; a later rule wins."
    )
    retry: RetrySection = _section(RetrySection, "Retries after failed attempts.")
    limits: LimitsSection = _section(LimitsSection, "Limits on recordings and disk space.")
    stop_grace: Duration = option("90s", "Time for running recordings to finish on shutdown.")
    web: WebSection = _section(WebSection, "Web page and HTTP API.")
    hooks: HooksSection = _section(HooksSection, "Notifications.")
    logging: LoggingSection = _section(LoggingSection, "Log format and level.")

    _origins: Origins = PrivateAttr(default_factory=Origins)

    @property
    def wants_speakers(self) -> bool:
        """Whether it enables diarization; a folder, a recording or a request still may."""
        return self.diarization.enabled or any(each.diarization.enabled for each in self.rules)

    def located(self, base: Path, places: Mapping[Key, Origin]) -> Self:
        """A copy with absolute folders and with the origin of each key."""
        config = self.model_copy(update={"folders": self.folders.under(base)})
        config._origins = Origins(places)
        return config

    def origin(self, *key: str | int) -> Origin:
        return self._origins.places.get(key, DEFAULT)


def schema() -> dict[str, Any]:
    """The JSON schema of the file."""
    dialect = "https://json-schema.org/draft/2020-12/schema"
    return {"$schema": dialect, **Config.model_json_schema()}
