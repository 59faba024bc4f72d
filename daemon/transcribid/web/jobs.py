"""Jobs: list, inspect and act on them."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import PlainTextResponse

from transcribid.domain.job import State
from transcribid.outputs import FORMATS
from transcribid.service.mailbox import Command, Verb
from transcribid.web import results
from transcribid.web.context import Context, Number
from transcribid.web.job_models import OUTCOMES, JobDetail, JobView
from transcribid.web.models import Answer
from transcribid.web.overrides import JobOverrides


def router(context: Context) -> APIRouter:
    api = APIRouter()
    _add_reading(api, context)
    _add_acting(api, context)
    return api


def _add_reading(api: APIRouter, context: Context) -> None:
    @api.get("/jobs")
    def jobs(
        state: State | None = None, limit: Annotated[int, Query(ge=1, le=10_000)] = 100
    ) -> list[JobView]:
        """Jobs in a state, newest first; else unfinished jobs in queue order."""
        found = (
            context.ledger.in_state(state, limit) if state else context.ledger.unfinished(limit)
        )
        ids = [job.id for job in found if job.state is State.DONE]
        moments = context.ledger.latest_moments(ids, OUTCOMES)
        gone = context.gone(found)
        running = context.running()
        return [
            JobView.of(job, moments.get(job.id, {}), gone=job in gone, running=running)
            for job in found
        ]

    @api.get("/jobs/{job}")
    def job(job: Number) -> JobDetail:
        found = context.job(job)
        history, gone = context.ledger.history(found.id), context.gone([found])
        return JobDetail.with_history(
            found, history, gone=bool(gone), running=context.running()
        )

    @api.get("/jobs/{job}/transcript")
    def transcript(job: Number) -> dict[str, Any]:
        """The transcript as JSON."""
        return results.document(context.outbox, context.job(job))

    for name in FORMATS:
        _add_format(api, context, name)


def _add_format(api: APIRouter, context: Context, name: str) -> None:
    @api.get(f"/jobs/{{job}}/transcript.{name}", response_class=PlainTextResponse)
    def _(job: Number) -> str:
        return results.sibling(context.outbox, context.job(job), name)


def _add_acting(api: APIRouter, context: Context) -> None:
    @api.post("/pause")
    async def pause() -> Answer:
        return Answer(answer=await context.ask(Command(Verb.PAUSE)))

    @api.post("/resume")
    async def resume() -> Answer:
        return Answer(answer=await context.ask(Command(Verb.RESUME)))

    @api.post("/retry")
    async def retry_all() -> Answer:
        return Answer(answer=await context.ask(Command(Verb.RETRY_ALL)))

    @api.post("/dismiss")
    async def dismiss_all() -> Answer:
        """Dismiss all failed jobs whose file is gone."""
        return Answer(answer=await context.ask(Command(Verb.DISMISS_ALL)))

    @api.post("/jobs/{job}/dismiss")
    async def dismiss(job: Number) -> Answer:
        return Answer(answer=await context.ask(Command(Verb.DISMISS, context.job(job).id)))

    @api.post("/jobs/{job}/retry")
    async def retry(job: Number, overrides: Annotated[JobOverrides, Query()]) -> Answer:
        """Transcribe again, even if finished; options override those of the job."""
        command = Command(Verb.RETRY, context.job(job).id, overrides=overrides.as_json())
        return Answer(answer=await context.ask(command))

    @api.post("/jobs/{job}/cancel")
    async def cancel(job: Number) -> Answer:
        return Answer(answer=await context.ask(Command(Verb.CANCEL, context.job(job).id)))
