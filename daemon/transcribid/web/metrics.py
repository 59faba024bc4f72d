"""Prometheus metrics: https://prometheus.io/docs/practices/naming/."""

import time
from collections.abc import Iterator

from fastapi import APIRouter, Response
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from transcribid.domain.job import State
from transcribid.hooks import building
from transcribid.web.context import Context
from transcribid.workers import Working


def router(context: Context) -> APIRouter:
    registry = CollectorRegistry()
    registry.register(_Collector(context))
    api = APIRouter()

    @api.get("/metrics")
    def metrics() -> Response:
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    return api


class _Collector:
    """Collects on each scrape; keeps no counters of its own."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def collect(self) -> Iterator[Metric]:
        yield from self._jobs()
        yield from self._hooks()
        yield from self._engines()
        yield from self._memory()
        yield from self._totals()

    def _jobs(self) -> Iterator[Metric]:
        jobs = GaugeMetricFamily("transcribid_jobs", "Jobs by state", labels=["state"])
        counts = self._context.ledger.counts()
        for state in State:
            jobs.add_metric([state], counts.get(state, 0))
        yield jobs
        oldest = self._context.ledger.oldest()
        yield GaugeMetricFamily(
            "transcribid_oldest_waiting_seconds",
            "Age of the oldest unfinished job",
            0.0 if oldest is None else _age(oldest),
        )
        status = self._context.status()
        processed = sum(running.position for running in status.running)
        yield GaugeMetricFamily(
            "transcribid_running_heard_seconds",
            "Audio processed so far of running recordings",
            processed,
        )
        speed = sum(running.speed for running in status.running)
        yield GaugeMetricFamily(
            "transcribid_speed_ratio", "Current speed, seconds of audio per second", speed
        )
        yield GaugeMetricFamily(
            "transcribid_paused", "Whether the daemon is paused", status.paused
        )
        yield GaugeMetricFamily(
            "transcribid_ready", "Whether the daemon is ready", status.ready
        )

    def _hooks(self) -> Iterator[Metric]:
        waiting = GaugeMetricFamily(
            "transcribid_notices_waiting",
            "Notices not yet delivered to a hook target",
            labels=["target"],
        )
        oldest = GaugeMetricFamily(
            "transcribid_oldest_notice_seconds",
            "Age of the oldest notice not yet delivered to a hook target",
            labels=["target"],
        )
        unsent = self._context.ledger.pending_notices()
        keys: dict[str, list[str]] = {}
        for key, label in building.labels(self._context.config()).items():
            keys.setdefault(label, []).append(key)  # two chats of one messenger share a label
        for label, sharing in keys.items():
            found = [unsent[key] for key in sharing if key in unsent]
            waiting.add_metric([label], sum(count for count, _ in found))
            oldest.add_metric([label], max((_age(since) for _, since in found), default=0.0))
        yield from (waiting, oldest)

    def _engines(self) -> Iterator[Metric]:
        works = GaugeMetricFamily(
            "transcribid_engine_up", "Whether an engine works", labels=["engine", "device"]
        )
        for engine in self._context.status().engines.values():
            device = engine.performer.device if isinstance(engine, Working) else ""
            works.add_metric([str(engine.number), device], bool(device))
        yield works

    def _memory(self) -> Iterator[Metric]:
        resident = GaugeMetricFamily(
            "transcribid_engine_memory_bytes",
            "Resident memory of an engine's processes",
            labels=["engine"],
        )
        used = GaugeMetricFamily(
            "transcribid_gpu_memory_used_bytes",
            "GPU memory used by all programs",
            labels=["gpu"],
        )
        total = GaugeMetricFamily(
            "transcribid_gpu_memory_bytes", "Total GPU memory", labels=["gpu"]
        )
        for sample in self._context.memory()[-1:]:
            for number, size in sample.engines.items():
                resident.add_metric([str(number)], size)
            for number, gpu in sample.gpus.items():
                used.add_metric([str(number)], gpu.used)
                total.add_metric([str(number)], gpu.total)
        yield from (resident, used, total)

    def _totals(self) -> Iterator[Metric]:
        totals = self._context.status().totals
        audio = CounterMetricFamily("transcribid_audio_seconds", "Audio transcribed")
        audio.add_metric([], totals.audio)
        yield audio
        verdicts = CounterMetricFamily(
            "transcribid_transcripts", "Transcripts by verdict", labels=["verdict"]
        )
        for verdict, count in totals.verdicts.items():
            verdicts.add_metric([verdict], count)
        yield verdicts
        starts = CounterMetricFamily(
            "transcribid_engine_starts", "Engine starts that became ready"
        )
        starts.add_metric([], totals.engine_starts)
        yield starts


def _age(since: float) -> float:
    return max(0.0, time.time() - since)
