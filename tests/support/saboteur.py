"""A worker for the executors' contract: speaks the wire and does what the audio's name says.

It is no engine of the package: a real one cannot be asked to die, hang or babble.
"""

import ctypes
import os
import sys
import threading
import time
from pathlib import Path
from queue import SimpleQueue

from support.window_results import window_result
from transcribid import starter
from transcribid.domain.job import Failure, FailureKind, JobId
from transcribid.domain.transcript import Audio, Performer, Segment, Transcript
from transcribid.protocol.engine import (
    Cancel,
    Decoding,
    Long,
    Progress,
    Ready,
    Refusal,
    Reply,
    Request,
    Success,
    Unable,
    WindowDone,
    decode_request,
    decode_settings,
    encode,
)
from transcribid.workers import canary
from transcribid.workers.supervisor import Program

SLOTS = 3
_TESTS = str(Path(__file__).parents[1])
_BEGIN = (
    f"import sys; sys.path.append({_TESTS!r}); from support import saboteur; saboteur.main()"
)
PROGRAM = Program("engine", (sys.executable, "-c", _BEGIN))
PERFORMER = Performer("saboteur", "cpu", "int8", "none")
TAKEN_BACK = Failure(FailureKind.BYSTANDER, "The job was withdrawn.")
_requests: SimpleQueue[Request | None] = SimpleQueue()
_cancelled: set[JobId] = set()


def say(reply: Reply) -> None:
    sys.stdout.buffer.write(encode(reply))
    sys.stdout.buffer.flush()


def main() -> None:
    """The model is a behaviour, or a file with the behaviour for the known clip."""
    behaviour = decode_settings(sys.argv[1]).model
    begin(behaviour)
    say(Ready(PERFORMER, SLOTS))
    deafen(behaviour)
    threading.Thread(target=listen, daemon=True).start()
    while request := _requests.get():
        say(Progress(request.job, request.attempt, 0.0, 1.0))
        misinform(request.audio, request.job)
        misbehave(request.audio, request.job)
        if request.job == canary.JOB:
            answer_the_trial(request, Path(behaviour))
        else:
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


def begin(behaviour: str) -> None:
    match behaviour:
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


def deafen(behaviour: str) -> None:
    if behaviour == "deaf":
        time.sleep(60)


def misinform(how: str, job: JobId) -> None:
    """Of all three that there are."""
    if how == "dies-of-2-and-3":
        for other, windows in ((1, 1), (3, 1), (2, 1), (1, 0)):
            say(Decoding(JobId(other), 1, windows))
        os.abort()
    if how == "three-are-long":
        for other in (1, 2, 3):
            say(Long(JobId(other), 1))
        wait_for_cancel(job)


def misbehave(how: str, job: JobId) -> None:
    match how:
        case "abort":
            os.abort()
        case "abort-when-cancelled":
            wait_for_cancel(job)
            os.abort()
        case "segfault":
            ctypes.string_at(0)
        case "exit":
            os._exit(0)
        case "hang":
            time.sleep(3600)
        case "patient":
            wait_for_cancel(job)
        case "babble":
            os.write(1, b"a native library prints this\n")
        case _:
            return


def answer_the_trial(request: Request, health: Path) -> None:
    behaviour = health.read_text() if health.is_file() else ""
    if behaviour == "hang":
        health.with_name(f"hangs-{os.getpid()}").touch()
    misbehave(behaviour, request.job)
    if behaviour in ("memory", "engine"):
        failure = Failure(FailureKind(behaviour), "CUDA failed")
        say(Refusal(request.job, request.attempt, failure))
    else:
        text = "!!!!" if behaviour == "guess" else starter.clip().reference
        say(Success(request.job, request.attempt, transcript(text)))


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
    if request.audio in ("memory", "engine"):
        failure = Failure(FailureKind(request.audio), "CUDA failed")
        say(Refusal(request.job, request.attempt, failure))
        return
    say(WindowDone(request.job, request.attempt, window_result()))
    say(Success(request.job, request.attempt, transcript("talk")))


def transcript(text: str) -> Transcript:
    audio = Audio("wav", "pcm", 1.0, 1.0, 0)
    segment = Segment(0.0, 1.0, text, average_log_probability=-9.0 if "!" in text else -0.1)
    return Transcript("en", 1.0, (segment,), audio, PERFORMER, 0.0)
