"""Messages between the daemon and an engine: one JSON object per line."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic_core import from_json, to_json

from transcribid.domain.job import Failure, JobId
from transcribid.domain.options import Options
from transcribid.domain.transcript import Performer, Transcript
from transcribid.domain.window_result import WindowResult

PROTOCOL = 8


@dataclass(frozen=True, slots=True)
class Settings:
    """What an engine is started with."""

    model: str  # a folder, or a name in the model cache
    device: str  # auto, cpu or cuda
    compute_type: str
    batch_size: int | None = None  # windows decoded together; None: chosen by the engine
    cache: str | None = None  # folder for results computed once: GPU code, or known voices
    store: str | None = None  # folder of the models that were pulled
    gpu: int = 0  # number of the GPU, as in `nvidia-smi`
    cpu_allowed: bool = False  # with device auto: even if there is a GPU that is broken
    fallback_reason: str = ""  # why these are not the configured settings
    voices: str | None = None  # folder with a clip of each known speaker
    encoder: str = "auto"  # or full


@dataclass(frozen=True, slots=True)
class Request:
    """Transcribe this file. Each request is answered once, when it is finished."""

    job: JobId
    attempt: int
    audio: str  # path of the private copy
    sha256: str  # of its bytes, in hexadecimal
    options: Options
    max_duration: float  # seconds; a longer recording is refused
    accept_partial: bool  # the file is old: what is missing will never arrive
    alone: bool = False  # share the device with no other recording
    finished_windows: tuple[WindowResult, ...] = ()  # by an earlier attempt
    transcript: Transcript | None = None  # complete except for the speakers
    urgent: bool = False  # a client is waiting for it


@dataclass(frozen=True, slots=True)
class Cancel:
    """Stop working on a job; it is still answered, soon."""

    job: JobId


@dataclass(frozen=True, slots=True)
class Ready:
    """The model is loaded."""

    performer: Performer
    slots: int  # requests it wants at a time, so that it never runs idle
    concurrent_windows: int = 1  # windows it works on at once
    gpu: str = ""  # name of the GPU


@dataclass(frozen=True, slots=True)
class Unable:
    """The engine cannot run at all and exits."""

    failure: Failure
    misconfigured: bool  # restarting cannot help


class Phase(StrEnum):
    """Which part of the result is being computed."""

    WORDS = "words"
    SPEAKERS = "speakers"


@dataclass(frozen=True, slots=True)
class Progress:
    """The engine is alive and has got this far into the recording."""

    job: JobId
    attempt: int
    position: float  # seconds
    duration: float | None  # seconds; unknown until the recording is decoded
    phase: Phase = Phase.WORDS


@dataclass(frozen=True, slots=True)
class Decoding:
    """How many of its windows are in the device from now on."""

    job: JobId
    attempt: int
    windows: int


@dataclass(frozen=True, slots=True)
class Long:
    """It is longer than a minute, so it takes no slot reserved for short recordings."""

    job: JobId
    attempt: int


@dataclass(frozen=True, slots=True)
class WindowDone:
    """One window is finished; once stored, it need not be transcribed again."""

    job: JobId
    attempt: int
    window_result: WindowResult


@dataclass(frozen=True, slots=True)
class Success:
    job: JobId
    attempt: int
    transcript: Transcript


@dataclass(frozen=True, slots=True)
class Refusal:
    job: JobId
    attempt: int
    failure: Failure


Verdict = Success | Refusal
Reply = Ready | Unable | Progress | Decoding | Long | WindowDone | Verdict

_ADAPTERS: dict[str, TypeAdapter[Any]] = {
    kind.__name__: TypeAdapter(kind)
    for kind in (
        Settings,
        Request,
        Cancel,
        Ready,
        Unable,
        Progress,
        Decoding,
        Long,
        WindowDone,
        Success,
        Refusal,
    )
}


class ProtocolError(ValueError):
    """The other side sent something that is not a valid message."""


def encode(message: Settings | Request | Cancel | Reply) -> bytes:
    body = {"type": type(message).__name__, "protocol": PROTOCOL, "body": message}
    return to_json(body) + b"\n"


def decode_settings(line: bytes | str) -> Settings:
    return _decode(line, Settings)


def decode_request(line: bytes) -> Request | Cancel:
    return _decode(line, Request | Cancel)


def decode_reply(line: bytes) -> Reply:
    return _decode(line, Reply)


def _decode(line: bytes | str, expected: Any) -> Any:
    try:
        envelope = from_json(line)
        if envelope["protocol"] != PROTOCOL:
            theirs = envelope["protocol"]
            raise ProtocolError(f"expected protocol {PROTOCOL}, got {theirs}")
        message = _ADAPTERS[envelope["type"]].validate_python(envelope["body"])
    except (ValueError, TypeError, KeyError, ValidationError) as error:
        raise ProtocolError(f"not a message: {line[:80]!r}") from error
    if not isinstance(message, expected):
        raise ProtocolError(f"unexpected message: {line[:80]!r}")
    return message
