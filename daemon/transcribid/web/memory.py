"""Memory use of the engines, now and over the last hour."""

from collections.abc import Sequence

from fastapi import APIRouter
from pydantic import BaseModel

from transcribid.gpu.meter import INTERVAL, Sample
from transcribid.web.context import Context
from transcribid.workers import Broken, Working

_CPU = "cpu"


class EngineMemory(BaseModel):
    """Bytes per sample; null if unknown."""

    number: int
    resident: list[int | None]  # of its processes; null while it was not running
    gpu_used: list[int | None]  # of its GPU by all programs; empty if unknown
    gpu_total: int | None


class MemoryView(BaseModel):
    """Samples of the last hour, oldest first."""

    interval: float  # seconds between samples
    at: list[float]  # seconds since the epoch
    engines: list[EngineMemory]


def router(context: Context) -> APIRouter:
    api = APIRouter()

    @api.get("/memory")
    def memory() -> MemoryView:
        """Memory use of each engine, now and over the last hour."""
        samples, engines = context.memory(), context.status().engines
        numbers = set(engines).union(*(sample.engines for sample in samples))
        return MemoryView(
            interval=INTERVAL,
            at=[round(sample.at, 1) for sample in samples],
            engines=[_engine(each, engines.get(each), samples) for each in sorted(numbers)],
        )

    return api


def _engine(
    number: int, engine: Working | Broken | None, samples: Sequence[Sample]
) -> EngineMemory:
    on_cpu = isinstance(engine, Working) and engine.performer.device == _CPU
    gpu = [] if on_cpu else [sample.gpus.get(number) for sample in samples]
    totals = [each.total for each in gpu if each]
    return EngineMemory(
        number=number,
        resident=[sample.engines.get(number) for sample in samples],
        gpu_used=[each and each.used for each in gpu] if totals else [],
        gpu_total=totals[-1] if totals else None,
    )
