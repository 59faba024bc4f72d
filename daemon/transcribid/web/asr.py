"""The API of whisper-asr-webservice, as Bazarr speaks it."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, BackgroundTasks, Query, Request, Response
from pydantic import BaseModel

from transcribid.config.languages import NAMES
from transcribid.config.overrides import diarization_options
from transcribid.config.recording import Format
from transcribid.domain.job import Job
from transcribid.domain.options import Profile, Task
from transcribid.web import results
from transcribid.web.context import Context
from transcribid.web.forms import received
from transcribid.web.overrides import language
from transcribid.web.samples import Samples
from transcribid.web.synchronous import begin, release
from transcribid.web.uploads import FOLDER, Arrival

_DETECTION = {
    "language": "auto",
    "profile": Profile.FAST,
    "formats": ["json"],
    "diarization": {"enabled": False},
}
_DETECTION_LIMIT = 300.0  # seconds of samples that suffice to detect the language
_FORM: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["audio_file"],
                    "properties": {"audio_file": {"type": "string", "format": "binary"}},
                }
            }
        },
    }
}


class AsrOptions(BaseModel):
    task: Task = Task.TRANSCRIBE
    language: str = ""  # empty: detect
    output: Format = "txt"
    initial_prompt: str = ""
    vad_filter: bool | None = None  # None: as configured
    word_timestamps: bool | None = None
    diarize: bool | None = None
    min_speakers: int | None = None
    max_speakers: int | None = None
    encode: bool = True  # False: the file is raw samples

    def overrides(self) -> Mapping[str, object]:
        overrides: dict[str, object] = {
            "task": self.task,
            "language": language(self.language) or None,
            "formats": [self.output],
            "initial_prompt": self.initial_prompt or None,
            "vad": self.vad_filter,
            "word_timestamps": self.word_timestamps,
            "diarization": self._speakers() or None,
        }
        return {name: value for name, value in overrides.items() if value is not None}

    def _speakers(self) -> Mapping[str, object]:
        return diarization_options(
            enabled=self.diarize,
            min_speakers=self.min_speakers,
            max_speakers=self.max_speakers,
        )


class DetectedLanguage(BaseModel):
    detected_language: str  # in English
    language_code: str
    confidence: float  # 0 to 1


def router(context: Context) -> APIRouter:
    api = APIRouter()

    @api.post("/asr", openapi_extra=_FORM)
    async def asr(
        request: Request, query: Annotated[AsrOptions, Query()], after: BackgroundTasks
    ) -> Response:
        """Transcribe a file now, ahead of the queue."""
        job = await _transcribe(context, request, query.overrides(), encode=query.encode)
        kind = "application/json" if query.output == "json" else "text/plain"
        results.document(context.outbox, job)  # raises if there is none
        content = results.sibling(context.outbox, job, query.output)
        after.add_task(release, context, job.id)
        return Response(content, media_type=kind)

    @api.post("/detect-language", openapi_extra=_FORM)
    async def detect_language(
        request: Request, after: BackgroundTasks, *, encode: bool = True
    ) -> DetectedLanguage:
        """Detect the language of a file; for raw samples, of their first minutes."""
        job = await _transcribe(
            context, request, _DETECTION, encode=encode, max_seconds=_DETECTION_LIMIT
        )
        document = results.document(context.outbox, job)
        after.add_task(release, context, job.id)
        return DetectedLanguage(
            detected_language=NAMES.get(document["language"], "undetermined"),
            language_code=document["language"],
            confidence=document["language_probability"],
        )

    return api


async def _transcribe(
    context: Context,
    request: Request,
    overrides: Mapping[str, object],
    *,
    encode: bool,
    max_seconds: float | None = None,
) -> Job:
    def new_arrival(name: str) -> Arrival:
        arrival = Arrival(context, name) if encode else Samples(context, name, max_seconds)
        return arrival.apart(FOLDER)

    async with received(request, new_arrival) as (_, arrival):
        job = await begin(context, arrival, overrides)
    return await context.wait_for_end(job, request)
