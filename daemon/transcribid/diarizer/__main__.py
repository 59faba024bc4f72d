"""python -m transcribid.diarizer SETTINGS: transcripts in, transcripts with speakers out."""

import os
import sys
import time
import warnings
from typing import TYPE_CHECKING

from transcribid.domain.job import Failure, FailureKind
from transcribid.domain.speakers import with_speakers
from transcribid.process.parent_death import die_first, die_with_parent
from transcribid.process.stdout import ReplyWriter
from transcribid.protocol.engine import (
    Cancel,
    Phase,
    Progress,
    Ready,
    Refusal,
    Request,
    Success,
    Unable,
    Verdict,
    decode_request,
    decode_settings,
)
from transcribid.protocol.errors import CannotRun, Refused

if TYPE_CHECKING:
    from transcribid.diarizer.diarizer import Diarizer

_ENVIRONMENT = {
    "HF_HUB_OFFLINE": "1",
    "PYANNOTE_METRICS_ENABLED": "0",
    "CUDA_DEVICE_ORDER": "PCI_BUS_ID",  # as nvidia-smi counts
}
_BETWEEN = 1.0  # seconds between two progress messages


def main() -> int:
    die_with_parent()
    die_first()
    os.environ |= _ENVIRONMENT  # before pyannote is imported
    warnings.simplefilter("ignore")  # libraries warn of what users cannot change
    writer = ReplyWriter()
    try:
        from transcribid.diarizer.diarizer import Diarizer

        diarizer = Diarizer(decode_settings(sys.argv[1]))
    except CannotRun as error:
        failure = Failure(FailureKind.UNABLE, str(error), error.remedy)
        writer.write(Unable(failure, error.misconfigured))
        return 78 if error.misconfigured else 69
    writer.write(Ready(diarizer.performer, slots=1))
    for line in sys.stdin.buffer:
        request = decode_request(line)
        if not isinstance(request, Cancel):  # to cancel, the daemon kills this process
            writer.write(_answer(diarizer, request, writer))
    return 0


def _answer(diarizer: "Diarizer", request: Request, writer: ReplyWriter) -> Verdict:
    reported = 0.0

    def on_progress(position: float, duration: float | None) -> None:
        nonlocal reported
        if time.monotonic() - reported >= _BETWEEN:
            reported = time.monotonic()
            writer.write(
                Progress(request.job, request.attempt, position, duration, Phase.SPEAKERS)
            )

    if request.transcript is None:
        raise ValueError(f"job {request.job} came without a transcript")
    try:
        speakers = diarizer.diarize(request, on_progress)
    except Refused as refused:
        return Refusal(request.job, request.attempt, refused.failure)
    transcript = with_speakers(request.transcript, speakers)
    return Success(request.job, request.attempt, transcript)


if __name__ == "__main__":
    raise SystemExit(main())
