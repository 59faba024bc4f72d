"""The sections that concern the daemon, not the single recording."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal, Self, cast

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, WithJsonSchema

from transcribid.config.address import is_loopback
from transcribid.config.naming import usable_naming
from transcribid.config.quantity import Count, Deadline, Duration, KeepAlive, Size, Whole
from transcribid.config.recording import Formats, SpeakersSection
from transcribid.config.section import Section, listed, option
from transcribid.config.targets import reachable, words
from transcribid.domain.news import Occasion


def _own_home(path: Path) -> Path:
    return Path(os.path.expanduser(path))  # noqa: PTH111 - Path's raises where there is no home


def _presentable(token: str) -> str:
    if len(token) < _SHORTEST or not token.isascii() or not token.isprintable():
        raise ValueError(f"wants at least {_SHORTEST} characters of plain ASCII")
    return token


def _bare(name: str) -> str:
    if set(name) & set(":/ "):
        raise ValueError("expected a name alone, without http:// and without a port")
    return name


def _all_or_numbers(value: object) -> object:
    if value == ALL:
        return None
    if isinstance(value, str | int):  # from the environment
        value = [
            int(each) if each.strip().isdigit() else each for each in str(value).split(",")
        ]
    if not isinstance(value, list | tuple) or not value:
        raise ValueError("expected all, or a list of numbers such as [0, 1]")
    numbers = cast(Sequence[object], value)
    if any(each in numbers[:index] for index, each in enumerate(numbers)):
        raise ValueError("a GPU is listed twice")
    return numbers


def _all(value: tuple[int, ...] | None) -> list[int] | str:
    return ALL if value is None else list(value)


ALL = "all"
Gpus = Annotated[
    tuple[Annotated[Whole, Field(ge=0, le=63)], ...] | None,  # None: all
    BeforeValidator(_all_or_numbers),
    PlainSerializer(_all, when_used="json"),
    WithJsonSchema(
        {
            "anyOf": [
                {"const": ALL},
                {"type": "array", "items": {"type": "integer", "minimum": 0}, "minItems": 1},
            ]
        }
    ),
]
Text = Annotated[str, Field(min_length=1)]
Token = Annotated[Text, AfterValidator(_presentable)]
HostName = Annotated[Text, AfterValidator(_bare)]
_SHORTEST = 8  # characters of a token, which may be guessed some thousand times a second
Folder = Annotated[Path, AfterValidator(_own_home)]
Naming = Annotated[str, AfterValidator(usable_naming)]


class FoldersSection(Section):
    inbox: Folder = option("inbox", "Where people put recordings.")
    outbox: Folder = option("outbox", "Where finished outputs appear.")
    archive: Folder = option("archive", "Where recordings go after success.")
    quarantine: Folder = option("quarantine", "Where recordings go that cannot be transcribed.")
    state: Folder = option("state", "Where the daemon keeps what it must remember.")

    def under(self, base: Path) -> Self:
        return self.model_copy(update={name: base / folder for name, folder in self})


class WatchSection(Section):
    method: Literal["auto", "inotify", "polling"] = option(
        "auto", "How changes are noticed: auto, inotify or polling (for network shares)."
    )
    quiet: Duration = option("5s", "A file unchanged for so long is complete.")
    rescan: Duration = option("60s", "How often the whole inbox is listed.", gt=0)
    grace: Duration = option(
        "15m", "How long a young file may stay empty, truncated or unreadable."
    )
    only: Annotated[tuple[Text, ...], BeforeValidator(listed)] = option(
        (), "Patterns of names to take, and no others; none: all that may be media."
    )
    ignore: Annotated[tuple[Text, ...], BeforeValidator(listed)] = option(
        (), "Patterns of names to leave alone, whatever else is said."
    )


class EngineSection(Section):
    model: Text = option("large-v3-turbo", "Whisper model: a name, or the path of a folder.")
    device: Literal["auto", "cpu", "cuda"] = option("auto", "auto, cpu or cuda.")
    compute_type: Literal[
        "auto",
        "float32",
        "float16",
        "bfloat16",
        "int8",
        "int8_float16",
        "int8_float32",
        "int8_bfloat16",
        "int16",
    ] = option("auto", "Precision of the arithmetic; auto: the best the device has.")
    batch_size: Count = option(
        "auto", "Windows of sound heard at once; auto: as many as are good.", ge=1, le=256
    )
    beam_size: Count = option(
        "auto", "Hypotheses followed at once; auto: as the profile says.", ge=1, le=20
    )
    encoder: Literal["auto", "full"] = option(
        "auto", "Silence behind the sound: auto: little, for models measured so; full: 30 s."
    )
    devices: Gpus = option("all", "GPUs to use, an engine on each: all, or [0, 1].")
    fallback: Literal["cpu", "none"] = option(
        "cpu", "Where the GPU fails or is too small: cpu, or none."
    )
    startup: Duration = option("10m", "Longest time for loading the model.", gt=0)
    silence: Duration = option("5m", "Longest time without progress.", gt=0)
    keep_alive: KeepAlive = option(
        -1, "How long a model without work stays in memory; -1: for ever."
    )
    recycle_after: Whole = option(
        500, "Recordings until an engine is replaced by a fresh one; 0: never.", ge=0
    )


class DiarizationSection(SpeakersSection):
    model: Text = option(
        "pyannote/speaker-diarization-community-1",
        "Pipeline of pyannote.audio: a name, or the path of a folder.",
    )
    device: Literal["auto", "cpu", "cuda"] = option("auto", "auto, cpu or cuda.")
    voices: Folder | None = option(None, "Folder with a clip of each known speaker: NAME.wav.")
    timeout: Deadline = option(
        "auto", "Longest time for one recording; auto: 10 minutes, and five times its length."
    )
    keep_alive: KeepAlive = option(
        "2m", "How long the pipeline without work stays in memory; -1: for ever."
    )


class OutputsSection(Section):
    formats: Formats = option(("txt", "srt", "json"), "Any of txt, srt, vtt, tsv and json.")
    naming: Naming = option(
        "{stem}.{format}", "Name of an output, made of {stem}, {lang} and {format}."
    )
    max_line_width: Whole = option(42, "Characters in a line of a subtitle.", ge=10, le=200)
    max_lines: Whole = option(2, "Lines in a subtitle.", ge=1, le=5)


class RetrySection(Section):
    strikes: Whole = option(2, "Failed attempts until quarantine.", ge=1, le=20)
    backoff: Duration = option("30s", "Wait after the first strike; doubles with each.")


class LimitsSection(Section):
    max_duration: Duration = option("12h", "Longest recording.", gt=0)
    max_size: Size = option("16GiB", "Largest recording.", gt=0)
    min_free_disk: Size = option("1GiB", "Below it, nothing is started or uploaded.")


class WebSection(Section):
    host: Text = option(
        "127.0.0.1", "Address to serve on; others than this machine need a token."
    )
    port: Whole | None = option(
        5000, "Port of the page and the API; null: only the socket in state/.", ge=1, le=65535
    )
    token: Token | None = option(None, "What callers must show: Authorization: Bearer TOKEN.")
    token_file: Folder | None = option(None, "A file that holds the token instead.")
    names: Annotated[tuple[HostName, ...], BeforeValidator(listed)] = option(
        (), "More names by which browsers may call this machine."
    )
    max_upload: Size = option("4GiB", "Largest upload.", gt=0)

    @property
    def local(self) -> bool:
        """Whether only this machine can reach it."""
        return self.host == "localhost" or is_loopback(self.host)


class HooksSection(Section):
    on: Annotated[tuple[Occasion, ...], BeforeValidator(listed)] = option(
        tuple(map(str, Occasion)), "When: any of done, review, quarantined, paused and broken."
    )
    command: Annotated[tuple[Text, ...] | None, BeforeValidator(words)] = option(
        None, "A program that is run, with its words; no shell."
    )
    urls: Annotated[
        tuple[Annotated[Text, AfterValidator(reachable)], ...], BeforeValidator(listed)
    ] = option((), "Addresses that are told: https://..., or what apprise knows.")
    secret: Text | None = option(None, "Signs what is posted to web addresses.")
    secret_file: Folder | None = option(None, "A file that holds the secret instead.")
    timeout: Duration = option("30s", "Longest time for the command or an answer.", gt=0)


class LoggingSection(Section):
    format: Literal["auto", "console", "json", "journal"] = option(
        "auto", "auto, console, json or journal (systemd's, with fields)."
    )
    level: Literal["debug", "info", "warning", "error"] = option(
        "info", "debug, info, warning or error."
    )
