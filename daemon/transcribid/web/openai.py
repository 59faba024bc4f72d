"""OpenAI's audio API; whatever model clients name, the one engine serves them."""

import json
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

from fastapi import APIRouter, BackgroundTasks, HTTPException, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse, StreamingResponse

from transcribid.domain.job import Job, JobId, State
from transcribid.domain.transcript import UNKNOWN
from transcribid.web import results
from transcribid.web.context import Context
from transcribid.web.forms import Form, received
from transcribid.web.overrides import language
from transcribid.web.synchronous import begin, release
from transcribid.web.uploads import FOLDER, Arrival

_FORMATS = ("json", "text", "srt", "vtt", "verbose_json", "diarized_json")
_GRANULARITIES = "timestamp_granularities[]"
_FORM = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {"type": "string", "format": "binary"},
                        "model": {"type": "string"},
                        "language": {"type": "string"},
                        "prompt": {"type": "string"},
                        "response_format": {"type": "string", "enum": list(_FORMATS)},
                        "stream": {"type": "boolean"},
                    },
                }
            }
        },
    }
}


def router(context: Context) -> APIRouter:
    api = APIRouter(prefix="/v1")

    @api.get("/models")
    def models() -> dict[str, Any]:
        performer = context.status().performer
        return {"object": "list", "data": [_model(performer.model)] if performer else []}

    @api.post("/audio/transcriptions", openapi_extra=_FORM)
    async def transcriptions(request: Request, after: BackgroundTasks) -> Response:
        return await _transcribe(context, request, after, task="transcribe")

    @api.post("/audio/translations", openapi_extra=_FORM)
    async def translations(request: Request, after: BackgroundTasks) -> Response:
        return await _transcribe(context, request, after, task="translate")

    return api


def _model(name: str) -> dict[str, Any]:
    return {
        "id": name,
        "object": "model",
        "created": int(time.time()),
        "owned_by": "transcribid",
    }


async def _transcribe(
    context: Context, request: Request, after: BackgroundTasks, *, task: str
) -> Response:
    async with received(request, lambda name: Arrival(context, name).apart(FOLDER)) as (
        form,
        arrival,
    ):
        shape = form.one("response_format", "json")
        if shape not in _FORMATS:
            raise HTTPException(422, f"response_format must be one of {', '.join(_FORMATS)}.")
        job = await begin(context, arrival, _overrides(form, task, shape))
    if form.one("stream").lower() in ("true", "1"):
        return StreamingResponse(_stream(context, job), media_type="text/event-stream")
    answer = _SHAPES[shape](context, await context.wait_for_end(job, request), form)
    after.add_task(release, context, job)
    return answer


def _overrides(form: Form, task: str, shape: str) -> dict[str, object]:
    overrides: dict[str, object] = {"task": task}
    if spoken := form.one("language"):
        overrides["language"] = language(spoken)
    if prompt := form.one("prompt"):
        overrides["initial_prompt"] = prompt
    if shape in ("srt", "vtt"):
        overrides["formats"] = ["json", shape]
    if shape == "verbose_json" and "word" in form.fields.get(_GRANULARITIES, ()):
        overrides["word_timestamps"] = True
    if shape == "diarized_json":
        overrides["diarization"] = {"enabled": True}
    return overrides


def _json(context: Context, job: Job, _: Form) -> Response:
    return JSONResponse({"text": results.document(context.outbox, job)["text"]})


def _text(context: Context, job: Job, _: Form) -> Response:
    return PlainTextResponse(results.document(context.outbox, job)["text"] + "\n")


def _subtitles(context: Context, job: Job, form: Form) -> Response:
    results.document(context.outbox, job)  # raises if there is none
    return PlainTextResponse(results.sibling(context.outbox, job, form.one("response_format")))


def _verbose(context: Context, job: Job, form: Form) -> Response:
    document = results.document(context.outbox, job)
    wanted = form.fields.get(_GRANULARITIES, ["segment"])
    segments = document["segments"]
    answer = {key: document[key] for key in ("task", "language", "duration", "text")}
    if "word" in wanted:
        answer["words"] = [word for segment in segments for word in segment["words"]]
    if "segment" in wanted:
        answer["segments"] = [_segment(each) for each in segments]
    return JSONResponse(answer)


def _segment(segment: dict[str, Any]) -> dict[str, Any]:
    """With the fields that clients expect although our engine does not use them."""
    kept = {key: segment[key] for key in segment if key not in ("words", "doubts")}
    return {"seek": 0, "tokens": [], "temperature": 0.0, **kept}


def _diarized(context: Context, job: Job, _: Form) -> Response:
    """If diarization failed, all speakers are the same, and `failure` says why."""
    document = results.document(context.outbox, job)
    answer = {key: document[key] for key in ("task", "duration", "text")}
    answer["segments"] = [
        {
            "type": "transcript.text.segment",
            "id": str(each["id"]),
            **{key: each[key] for key in ("start", "end", "text")},
            "speaker": each.get("speaker", UNKNOWN),
        }
        for each in document["segments"]
    ]
    return JSONResponse(answer | {"failure": document["diarization"]["failure"]})


async def _stream(context: Context, job: JobId) -> AsyncIterator[str]:
    """Text deltas while the job runs, then the whole text."""
    sent = ""
    async for now in context.watched(job):
        if now.state is State.DONE:
            text = results.document(context.outbox, now)["text"]
            if more := text.removeprefix(sent):
                yield _event("transcript.text.delta", delta=more)
            yield _event("transcript.text.done", text=text)
            await release(context, job)  # not reached if the client left early
            return
        partial = next((each.text for each in context.status().running if each.job == job), "")
        if partial.startswith(sent) and len(partial) > len(sent):
            yield _event("transcript.text.delta", delta=partial.removeprefix(sent))
            sent = partial
    failed = context.job(job)
    message = failed.failure.message if failed.failure else f"The job is {failed.state}."
    yield _event("error", message=message)


def _event(kind: str, **facts: str) -> str:
    return f"data: {json.dumps({'type': kind, **facts}, ensure_ascii=False)}\n\n"


_SHAPES: dict[str, Callable[[Context, Job, Form], Response]] = {
    "json": _json,
    "text": _text,
    "srt": _subtitles,
    "vtt": _subtitles,
    "verbose_json": _verbose,
    "diarized_json": _diarized,
}
