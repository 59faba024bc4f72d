"""A worker for the executors' contract: speaks the wire and does what the audio's name says.

It is no engine of the package: a real one cannot be asked to die, hang or babble.
"""

import ctypes
import os
import sys
import time

from transcribid.domain.job import Failure, FailureKind
from transcribid.domain.transcript import Audio, Performer, Transcript
from transcribid.wire import (
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

PERFORMER = Performer("saboteur", "cpu", "int8", "none")


def say(reply: Reply) -> None:
    sys.stdout.buffer.write(encode(reply))
    sys.stdout.buffer.flush()


def main() -> None:
    begin(decode_settings(sys.argv[1]).model)
    say(Ready(PERFORMER))
    for line in sys.stdin.buffer:
        request = decode_request(line)
        say(Progress(request.job, request.attempt, 0.0, 1.0))
        misbehave(request.audio)
        answer(request)
        if request.audio == "last":
            os._exit(0)


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


def misbehave(wish: str) -> None:
    match wish:
        case "abort":
            os.abort()
        case "segfault":
            ctypes.string_at(0)
        case "exit":
            os._exit(0)
        case "hang":
            time.sleep(3600)
        case "babble":
            os.write(1, b"a native library prints this\n")
        case _:
            return


def answer(request: Request) -> None:
    if request.audio == "bad":
        failure = Failure(FailureKind.BAD_INPUT, "no audio stream")
        say(Refusal(request.job, request.attempt, failure))
        return
    audio = Audio("wav", "pcm", 1.0, 1.0, 0)
    transcript = Transcript("en", 1.0, (), audio, PERFORMER, 0.0)
    say(Success(request.job, request.attempt, transcript))


if __name__ == "__main__":
    main()
