"""One JSON object per line, and nothing else is believed."""

import pytest

from support.window_results import window_result
from transcribid.domain.job import Failure, FailureKind, JobId
from transcribid.domain.options import Options
from transcribid.domain.transcript import Audio, Performer, Segment, Transcript, Word
from transcribid.protocol.engine import (
    Cancel,
    Progress,
    ProtocolError,
    Ready,
    Refusal,
    Reply,
    Request,
    Settings,
    Success,
    Unable,
    WindowDone,
    decode_reply,
    decode_request,
    decode_settings,
    encode,
)

PERFORMER = Performer("starter", "cpu", "int8", "faster-whisper")
TRANSCRIPT = Transcript(
    language="es",
    language_probability=0.5,
    segments=(Segment(0.0, 1.5, "¿Qué\n?", (Word(0.0, 0.5, " ¿Qué", 0.9),)),),
    audio=Audio("wav", "pcm_s16le", None, 1.5, 0),
    performer=PERFORMER,
    seconds=0.1,
)
FAILURE = Failure(FailureKind.LOST, "gone", "look", "deep\ndown")


@pytest.mark.parametrize(
    "reply",
    [
        Ready(PERFORMER, 3),
        Unable(FAILURE, misconfigured=True),
        Progress(JobId(1), 2, 3.5, None),
        WindowDone(JobId(1), 2, window_result()),
        Success(JobId(1), 2, TRANSCRIPT),
        Refusal(JobId(1), 2, FAILURE),
    ],
)
def test_a_reply_comes_out_as_it_went_in_and_is_one_line(reply: Reply) -> None:
    line = encode(reply)

    assert decode_reply(line) == reply
    assert line.count(b"\n") == 1


def test_what_an_engine_receives_comes_out_as_it_went_in() -> None:
    request = Request(
        JobId(1),
        2,
        "/state/staged/1",
        "5e" * 32,
        Options(language="en"),
        60.0,
        accept_partial=True,
        alone=True,
        finished_windows=(window_result(0), window_result(1, "¿Qué\n?")),
    )
    settings = Settings("starter", "cpu", "int8", 8)

    assert decode_request(encode(request)) == request
    assert decode_request(encode(Cancel(JobId(1)))) == Cancel(JobId(1))
    assert decode_settings(encode(settings)) == settings


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"Segmentation fault\n",
        b"[]\n",
        b"{}\n",
        b'{"type":"Success","protocol":1,"body":{"job":1}}\n',
        b'{"type":"Ready","protocol":99,"body":{}}\n',
        encode(Settings("starter", "cpu", "int8")),
    ],
)
def test_anything_else_is_refused(line: bytes) -> None:
    with pytest.raises(ProtocolError):
        decode_reply(line)
