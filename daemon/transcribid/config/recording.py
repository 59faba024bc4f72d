"""Options of recordings: the defaults, rules, and files beside a recording."""

from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    Strict,
    WithJsonSchema,
    model_serializer,
    model_validator,
)

from transcribid.config.languages import AUTO, CODES, known_code, known_language
from transcribid.config.pattern import usable_pattern
from transcribid.config.problem import Key
from transcribid.config.quantity import Count, Duration
from transcribid.config.section import Section, empty_if_null, option
from transcribid.domain.options import Profile, Task

Format = Literal["txt", "srt", "vtt", "tsv", "json"]


def _valid_formats(formats: tuple[Format, ...]) -> tuple[Format, ...]:
    if not formats:
        raise ValueError("expected at least one format")
    for index, name in enumerate(formats):
        if name in formats[:index]:
            raise ValueError(f"{name!r} is listed twice")
    return formats


def _deduplicated(languages: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(languages))


Switch = Annotated[bool, Strict()]
Number = Annotated[float, Strict()]
_MAX_SPEAKERS = 50
Voices = Annotated[int, Strict(), Field(ge=1, le=_MAX_SPEAKERS)] | None
Formats = Annotated[
    tuple[Format, ...], BeforeValidator(empty_if_null), AfterValidator(_valid_formats)
]
Language = Annotated[
    str,
    AfterValidator(known_language),
    WithJsonSchema({"type": "string", "enum": [AUTO, *CODES]}),
]


Code = Annotated[
    str,
    AfterValidator(known_code),
    WithJsonSchema({"type": "string", "enum": [*CODES]}),
]
Languages = Annotated[
    tuple[Code, ...], BeforeValidator(empty_if_null), AfterValidator(_deduplicated)
]


class Transcription(Section):
    language: Language = option("auto", "Spoken language: auto, or a code such as en or es.")
    languages: Languages = option(
        (), "Candidates for language detection, such as [en, es]; empty: all."
    )
    track: Count = option(
        "auto", "Audio track, from 1; auto: the best track with speech.", ge=1
    )
    task: Task = option("transcribe", "transcribe, or translate into English.")
    profile: Profile = option("quality", "quality: beam size 5; fast: beam size 1.")
    multilingual: Switch = option(
        default=False, description="Detect the language every 30 seconds, not once."
    )
    vad: Switch = option(default=True, description="Skip audio without speech.")
    vad_threshold: Number = option(
        0.5, "Minimum probability of speech, between 0 and 1.", gt=0, lt=1
    )
    vad_min_speech: Duration = option("0s", "Shorter speech counts as noise.", le=10)
    vad_min_silence: Duration = option(
        "100ms", "Shorter silence does not split speech.", ge=0.05, le=10
    )
    vad_speech_pad: Duration = option("400ms", "Padding kept before and after speech.", le=5)
    word_timestamps: Switch = option(default=True, description="Compute word timestamps.")
    initial_prompt: str | None = option(None, "Text that guides style and spelling.")
    hotwords: str | None = option(None, "Names and terms that are likely to occur.")


class SpeakersSection(Section):
    enabled: Switch = option(default=False, description="Label who said what.")
    num_speakers: Voices = option(None, "Number of speakers, if known.")
    min_speakers: Voices = option(None, "Minimum number of speakers.")
    max_speakers: Voices = option(None, "Maximum number of speakers.")

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.num_speakers and (self.min_speakers or self.max_speakers):
            raise ValueError("num_speakers excludes min_speakers and max_speakers; remove them")
        if (self.min_speakers or 0) > (self.max_speakers or _MAX_SPEAKERS):
            raise ValueError("min_speakers is more than max_speakers")
        return self


def _without_defaults(schema: dict[str, Any]) -> None:
    for each in schema["properties"].values():
        each.pop("default", None)  # options not set here are unchanged


class _OnlyWhatIsSet(Section):
    model_config = ConfigDict(json_schema_extra=_without_defaults)

    @model_serializer(mode="wrap")
    def _only_what_is_set(self, serialize: SerializerFunctionWrapHandler) -> dict[str, Any]:
        values: dict[str, Any] = serialize(self)
        return {key: values[key] for key in ("match", *values) if key in self.model_fields_set}


class SpeakersOverride(_OnlyWhatIsSet, SpeakersSection):
    """Only options that are set apply."""


class Override(_OnlyWhatIsSet, Transcription):
    """Only options that are set apply: .transcribid.yaml files and sidecars."""

    formats: Formats = option(("json",), "Formats to write; overrides outputs.formats.")
    diarization: SpeakersOverride = Field(
        default_factory=SpeakersOverride, description="Speaker diarization."
    )

    def choices(self) -> dict[Key, object]:
        """The options that are set, with their values."""
        plain = self.model_fields_set - {"match", "diarization"}
        speakers = self.diarization.model_fields_set
        return {
            **{(key,): getattr(self, key) for key in plain},
            **{("diarization", key): getattr(self.diarization, key) for key in speakers},
        }


class Rule(Override):
    match: Annotated[str, AfterValidator(usable_pattern)] = Field(
        description="Recordings to match, relative to the inbox; ** crosses folders."
    )
