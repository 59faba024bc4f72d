"""The sections about the daemon rather than a single recording."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal, Self, cast

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, WithJsonSchema

from transcribid.config.address import is_loopback
from transcribid.config.naming import usable_naming
from transcribid.config.quantity import Count, Deadline, Duration, KeepAlive, Size, Whole
from transcribid.config.recording import Formats, SpeakersSection
from transcribid.config.section import Section, empty_if_null, option
from transcribid.config.targets import command_words, usable_url
from transcribid.domain.news import Occasion


def _expand_home(path: Path) -> Path:
    return Path(os.path.expanduser(path))  # noqa: PTH111 - Path's raises without a home


def _usable_token(token: str) -> str:
    if len(token) < _MIN_TOKEN or not token.isascii() or not token.isprintable():
        raise ValueError(f"needs at least {_MIN_TOKEN} characters of plain ASCII")
    return token


def _bare_host(name: str) -> str:
    if set(name) & set(":/ "):
        raise ValueError("expected only a host name, without http:// or a port")
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
Token = Annotated[Text, AfterValidator(_usable_token)]
HostName = Annotated[Text, AfterValidator(_bare_host)]
_MIN_TOKEN = 8  # characters of a token; thousands of guesses a second are possible
Folder = Annotated[Path, AfterValidator(_expand_home)]
Naming = Annotated[str, AfterValidator(usable_naming)]


class FoldersSection(Section):
    inbox: Folder = option("inbox", "Where recordings are dropped.")
    outbox: Folder = option("outbox", "Where outputs are written.")
    archive: Folder = option("archive", "Where recordings are moved after success.")
    quarantine: Folder = option("quarantine", "Where failed recordings are moved.")
    state: Folder = option("state", "Where the daemon keeps its state.")

    def under(self, base: Path) -> Self:
        return self.model_copy(update={name: base / folder for name, folder in self})


class WatchSection(Section):
    method: Literal["auto", "inotify", "polling"] = option(
        "auto", "How changes are detected: auto, inotify or polling (for network shares)."
    )
    quiet: Duration = option("5s", "A file unchanged for this long is complete.")
    rescan: Duration = option("60s", "How often the whole inbox is rescanned.", gt=0)
    grace: Duration = option(
        "15m", "How long a new file may stay empty, truncated or unreadable."
    )
    only: Annotated[tuple[Text, ...], BeforeValidator(empty_if_null)] = option(
        (), "Take only names that match these patterns; empty: all possible media."
    )
    ignore: Annotated[tuple[Text, ...], BeforeValidator(empty_if_null)] = option(
        (), "Skip names that match these patterns; overrides all else."
    )


class EngineSection(Section):
    model: Text = option("large-v3-turbo", "Whisper model: a name, or a folder path.")
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
    ] = option("auto", "Numeric precision; auto: the best the device supports.")
    batch_size: Count = option(
        "auto", "Windows decoded in parallel; auto: chosen for the device.", ge=1, le=256
    )
    beam_size: Count = option(
        "auto", "Beam search width; auto: set by the profile.", ge=1, le=20
    )
    encoder: Literal["auto", "full"] = option(
        "auto", "Encoder input; auto: trimmed for measured models; full: always 30 s."
    )
    devices: Gpus = option("all", "GPUs to use, one engine each: all, or [0, 1].")
    fallback: Literal["cpu", "none"] = option(
        "cpu", "If the GPU fails or lacks memory: cpu or none."
    )
    startup: Duration = option("10m", "Timeout for loading the model.", gt=0)
    silence: Duration = option("5m", "Timeout without progress.", gt=0)
    keep_alive: KeepAlive = option(-1, "How long an idle model stays in memory; -1: forever.")
    recycle_after: Whole = option(
        500, "Recordings until an engine is restarted; 0: never.", ge=0
    )


class DiarizationSection(SpeakersSection):
    model: Text = option(
        "pyannote/speaker-diarization-community-1",
        "pyannote.audio pipeline: a name, or a folder path.",
    )
    device: Literal["auto", "cpu", "cuda"] = option("auto", "auto, cpu or cuda.")
    voices: Folder | None = option(None, "Folder with a clip of each known speaker: NAME.wav.")
    timeout: Deadline = option(
        "auto", "Timeout for one recording; auto: 10 minutes plus five times its length."
    )
    keep_alive: KeepAlive = option(
        "2m", "How long an idle pipeline stays in memory; -1: forever."
    )


class OutputsSection(Section):
    formats: Formats = option(("txt", "srt", "json"), "Any of txt, srt, vtt, tsv and json.")
    naming: Naming = option(
        "{stem}.{format}", "Output name, built from {stem}, {lang} and {format}."
    )
    max_line_width: Whole = option(42, "Maximum characters per subtitle line.", ge=10, le=200)
    max_lines: Whole = option(2, "Maximum lines per subtitle.", ge=1, le=5)


class RetrySection(Section):
    strikes: Whole = option(2, "Failed attempts before quarantine.", ge=1, le=20)
    backoff: Duration = option("30s", "Delay after the first strike; doubles each time.")


class LimitsSection(Section):
    max_duration: Duration = option("12h", "Maximum recording duration.", gt=0)
    max_size: Size = option("16GiB", "Maximum recording size.", gt=0)
    min_free_disk: Size = option("1GiB", "Below this, no job starts and uploads are rejected.")


class WebSection(Section):
    host: Text = option("127.0.0.1", "Address to listen on; any but loopback needs a token.")
    port: Whole | None = option(
        5000, "Port of the page and the API; null: only the socket in state/.", ge=1, le=65535
    )
    token: Token | None = option(None, "Required from clients: Authorization: Bearer TOKEN.")
    token_file: Folder | None = option(None, "File that holds the token instead.")
    names: Annotated[tuple[HostName, ...], BeforeValidator(empty_if_null)] = option(
        (), "Additional host names that browsers may use."
    )
    max_upload: Size = option("4GiB", "Maximum upload size.", gt=0)

    @property
    def local(self) -> bool:
        """Whether only this machine can reach it."""
        return self.host == "localhost" or is_loopback(self.host)


class HooksSection(Section):
    on: Annotated[tuple[Occasion, ...], BeforeValidator(empty_if_null)] = option(
        tuple(map(str, Occasion)),
        "Events to send: any of done, review, quarantined, paused and broken.",
    )
    command: Annotated[tuple[Text, ...] | None, BeforeValidator(command_words)] = option(
        None, "Program to run, with its arguments; no shell."
    )
    urls: Annotated[
        tuple[Annotated[Text, AfterValidator(usable_url)], ...], BeforeValidator(empty_if_null)
    ] = option((), "URLs to notify: https://..., or any apprise URL.")
    secret: Text | None = option(None, "Signs the requests to web addresses.")
    secret_file: Folder | None = option(None, "File that holds the secret instead.")
    timeout: Duration = option("30s", "Timeout for the command or a response.", gt=0)


class LoggingSection(Section):
    format: Literal["auto", "console", "json", "journal"] = option(
        "auto", "auto, console, json or journal (systemd's, with fields)."
    )
    level: Literal["debug", "info", "warning", "error"] = option(
        "info", "debug, info, warning or error."
    )
