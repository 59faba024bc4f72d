"""python -m transcribid.engine SETTINGS: requests on stdin, replies on stdout."""

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING

from transcribid.domain.job import Failure, FailureKind, JobId
from transcribid.domain.symptoms import out_of_memory
from transcribid.engine.allocator import keep_freed_memory
from transcribid.process.parent_death import die_first, die_with_parent
from transcribid.process.stdout import ReplyWriter
from transcribid.protocol.engine import (
    Cancel,
    Refusal,
    Reply,
    Success,
    Unable,
    decode_request,
    decode_settings,
)
from transcribid.protocol.errors import CannotRun

if TYPE_CHECKING:
    from transcribid.engine.active_recording import ActiveRecording
    from transcribid.engine.engine import WhisperEngine


def main() -> int:
    die_with_parent()
    die_first()
    keep_freed_memory()
    writer = ReplyWriter()
    try:
        from transcribid.engine.engine import WhisperEngine

        engine = WhisperEngine(decode_settings(sys.argv[1]))
    except CannotRun as error:
        kind = FailureKind.MEMORY if out_of_memory(str(error)) else FailureKind.UNABLE
        writer.write(Unable(Failure(kind, str(error), error.remedy), error.misconfigured))
        return 78 if error.misconfigured else 69
    writer.write(engine.ready)
    with engine:
        _serve(engine, writer)
    return 0


def _serve(engine: "WhisperEngine", writer: ReplyWriter) -> None:
    at_work: dict[tuple[JobId, int], ActiveRecording] = {}

    def post(reply: Reply) -> None:
        if isinstance(reply, Success | Refusal):
            at_work.pop((reply.job, reply.attempt), None)
        writer.write(reply)

    for line in sys.stdin.buffer:
        request = decode_request(line)
        if isinstance(request, Cancel):
            for active in _attempts(at_work, request.job):
                engine.cancel(active)
        else:
            at_work[request.job, request.attempt] = engine.add(request, post)


def _attempts(
    at_work: "Mapping[tuple[JobId, int], ActiveRecording]", job: JobId
) -> "list[ActiveRecording]":
    return [active for (number, _), active in tuple(at_work.items()) if number == job]


if __name__ == "__main__":
    raise SystemExit(main())
