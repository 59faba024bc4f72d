"""What the daemon and an engine say to each other: one JSON object per line."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic_core import from_json, to_json

from transcribid.domain.job import Failure, JobId
from transcribid.domain.options import Options
from transcribid.domain.transcript import Performer, Transcript
from transcribid.domain.window_result import WindowResult

PROTOCOL = 7


@dataclass(frozen=True, slots=True)
class Settings:
    """What an engine is started with."""

    model: str  # a folder, or a name in the model cache
    device: str  # auto, cpu or cuda
    compute_type: str
    batch_size: int | None = None  # windows heard at once; None: as many as are good
    cache: str | None = None  # folder for what it finds out once: GPU code, or known voices
    store: str | None = None  # folder of the models that were pulled
    gpu: int = 0  # which of several, as `nvidia-smi` numbers them
    cpu_allowed: bool = False  # with device auto: also where a GPU is there and broken
    because: str = ""  # why this is not what was asked for
    voices: str | None = None  # folder with a clip of each known speaker
    encoder: str = "auto"  # or full


@dataclass(frozen=True, slots=True)
class Request:
    """Transcribe this file. Each is answered when it is finished."""

    job: JobId
    attempt: int
    audio: str  # path of the private copy
    sha256: str  # of its bytes, in hexadecimal
    options: Options
    max_duration: float  # seconds; a longer recording is refused
    accept_partial: bool  # the file is old: what is missing will not come any more
    alone: bool = False  # share the device with no other recording
    heard: tuple[WindowResult, ...] = ()  # what an earlier attempt finished
    transcript: Transcript | None = None  # where it is all there but the speakers
    urgent: bool = False  # somebody waits for it


@dataclass(frozen=True, slots=True)
class Cancel:
    """Stop working on a job; it is answered like any other, soon."""

    job: JobId


@dataclass(frozen=True, slots=True)
class Ready:
    """The model is loaded."""

    performer: Performer
    slots: int  # requests it wants at a time, so that it never waits for the next
    at_once: int = 1  # windows that it hears at once
    gpu: str = ""  # name of the GPU


@dataclass(frozen=True, slots=True)
class Unable:
    """The engine cannot run at all and ends."""

    failure: Failure
    misconfigured: bool  # restarting cannot help


class Phase(StrEnum):
    """What is being found out of a recording."""

    WORDS = "words"
    SPEAKERS = "speakers"


@dataclass(frozen=True, slots=True)
class Progress:
    """Still alive, and this far into the recording."""

    job: JobId
    attempt: int
    position: float  # seconds
    duration: float | None  # seconds; unknown until the recording is decoded
    phase: Phase = Phase.WORDS


@dataclass(frozen=True, slots=True)
class Decoding:
    """So many of its windows are in the device from now on."""

    job: JobId
    attempt: int
    windows: int


@dataclass(frozen=True, slots=True)
class Long:
    """It turned out to be longer than a minute, and needs no place of the short ones."""

    job: JobId
    attempt: int


@dataclass(frozen=True, slots=True)
class Heard:
    """One window is finished: kept, it need never be heard again."""

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
Reply = Ready | Unable | Progress | Decoding | Long | Heard | Verdict

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
        Heard,
        Success,
        Refusal,
    )
}


class ProtocolError(ValueError):
    """The other side said something we do not understand."""


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
