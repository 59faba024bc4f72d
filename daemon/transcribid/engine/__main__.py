"""python -m transcribid.engine SETTINGS: requests on stdin, replies on stdout."""

import ctypes
import os
import signal
import sys
from typing import BinaryIO

from transcribid.domain.job import Failure, FailureKind
from transcribid.engine import CannotRun, guarded
from transcribid.wire import (
    Ready,
    Reply,
    Unable,
    decode_request,
    decode_settings,
    encode,
)

_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def main() -> int:
    _die_with_the_daemon()
    replies = _claim_stdout()
    try:
        from transcribid.engine import whisper

        engine, performer = whisper.load(decode_settings(sys.argv[1]))
    except CannotRun as error:
        failure = Failure(FailureKind.UNABLE, str(error), error.remedy)
        _say(replies, Unable(failure, error.misconfigured))
        return 78 if error.misconfigured else 69
    _say(replies, Ready(performer))
    for line in sys.stdin.buffer:
        for reply in guarded(engine, decode_request(line)):
            _say(replies, reply)
    return 0


def _say(replies: BinaryIO, reply: Reply) -> None:
    replies.write(encode(reply))
    replies.flush()


def _claim_stdout() -> BinaryIO:
    """Keep the pipe to ourselves: what native libraries print goes to stderr."""
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return replies


def _die_with_the_daemon() -> None:
    """A daemon that is killed outright must not leave an engine on the GPU."""
    parent = os.getppid()
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(0)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the daemon to answer


if __name__ == "__main__":
    raise SystemExit(main())
