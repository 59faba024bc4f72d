"""A worker for the executors' contract: speaks the wire and does what the audio's name says.

It is no engine of the package: a real one cannot be asked to die, hang or babble.
"""

import ctypes
import os
import sys
import threading
import time
from queue import SimpleQueue

from support.passages import passage
from transcribid.domain.job import Failure, FailureKind, JobId
from transcribid.domain.transcript import Audio, Performer, Transcript
from transcribid.wire import (
    Cancel,
    Heard,
    Progress,
    Ready,
    Refusal,
    Reply,
    Request,
    Success,
    Unable,
    decode_request,
    decode_settings,
    encode,
)

SLOTS = 3
PERFORMER = Performer("saboteur", "cpu", "int8", "none")
TAKEN_BACK = Failure(FailureKind.LOST, "The job was taken back.")
_requests: SimpleQueue[Request | None] = SimpleQueue()
_cancelled: set[JobId] = set()


def say(reply: Reply) -> None:
    sys.stdout.buffer.write(encode(reply))
    sys.stdout.buffer.flush()


def main() -> None:
    begin(decode_settings(sys.argv[1]).model)
    say(Ready(PERFORMER, SLOTS))
    deafen(decode_settings(sys.argv[1]).model)
    threading.Thread(target=listen, daemon=True).start()
    while request := _requests.get():
        say(Progress(request.job, request.attempt, 0.0, 1.0))
        misbehave(request)
        answer(request)
        if request.audio == "last":
            os._exit(0)


def listen() -> None:
    for line in sys.stdin.buffer:
        match decode_request(line):
            case Cancel(job=job):
                _cancelled.add(job)
            case request:
                _requests.put(request)
    _requests.put(None)


def begin(wish: str) -> None:
    match wish:
        case "unable":
            say(Unable(Failure(FailureKind.UNABLE, "no such model"), misconfigured=True))
            sys.exit(78)
        case "abort-at-start":
            os.write(2, b"Unable to load libcudnn_ops.so.9\n")
            os.abort()
        case "hang-at-start":
            time.sleep(3600)
        case _:
            return


def deafen(wish: str) -> None:
    if wish == "deaf":
        time.sleep(3600)


def misbehave(request: Request) -> None:
    match request.audio:
        case "abort":
            os.abort()
        case "abort-when-cancelled":
            wait_for_cancel(request.job)
            os.abort()
        case "segfault":
            ctypes.string_at(0)
        case "exit":
            os._exit(0)
        case "hang":
            time.sleep(3600)
        case "patient":
            wait_for_cancel(request.job)
        case "babble":
            os.write(1, b"a native library prints this\n")
        case _:
            return


def wait_for_cancel(job: JobId) -> None:
    while job not in _cancelled:
        time.sleep(0.01)


def answer(request: Request) -> None:
    if request.job in _cancelled:
        say(Refusal(request.job, request.attempt, TAKEN_BACK))
        return
    if request.audio == "bad":
        failure = Failure(FailureKind.BAD_INPUT, "no audio stream")
        say(Refusal(request.job, request.attempt, failure))
        return
    say(Heard(request.job, request.attempt, passage()))
    audio = Audio("wav", "pcm", 1.0, 1.0, 0)
    transcript = Transcript("en", 1.0, (), audio, PERFORMER, 0.0)
    say(Success(request.job, request.attempt, transcript))
