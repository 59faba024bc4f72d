"""One JSON object per line, and nothing else is believed."""

import pytest

from transcribid.domain.job import Failure, FailureKind, JobId
from transcribid.domain.options import Options
from transcribid.domain.transcript import Audio, Performer, Segment, Transcript, Word
from transcribid.wire import (
    Progress,
    ProtocolError,
    Ready,
    Refusal,
    Reply,
    Request,
    Settings,
    Success,
    Unable,
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
        Ready(PERFORMER),
        Unable(FAILURE, misconfigured=True),
        Progress(JobId(1), 2, 3.5, None),
        Success(JobId(1), 2, TRANSCRIPT),
        Refusal(JobId(1), 2, FAILURE),
    ],
)
def test_a_reply_comes_out_as_it_went_in_and_is_one_line(reply: Reply) -> None:
    line = encode(reply)

    assert decode_reply(line) == reply
    assert line.count(b"\n") == 1


def test_a_request_and_settings_come_out_as_they_went_in() -> None:
    request = Request(JobId(1), 2, "/state/staged/1", Options(language="en"), 60.0, True)
    settings = Settings("starter", "cpu", "int8")

    assert decode_request(encode(request)) == request
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
