"""Prometheus' view: https://prometheus.io/docs/practices/naming/."""

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
    registry.register(_Numbers(context))
    api = APIRouter()

    @api.get("/metrics")
    def metrics() -> Response:
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    return api


class _Numbers:
    """Asked each time somebody looks; nothing is counted twice."""

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
        heard = sum(running.position for running in status.running)
        yield GaugeMetricFamily(
            "transcribid_running_heard_seconds", "Sound heard so far of what is at work", heard
        )
        speed = sum(running.speed for running in status.running)
        yield GaugeMetricFamily(
            "transcribid_speed_ratio", "Seconds of sound heard in a second, now", speed
        )
        yield GaugeMetricFamily("transcribid_paused", "Whether it is paused", status.paused)
        yield GaugeMetricFamily("transcribid_ready", "Whether it can work", status.ready)

    def _hooks(self) -> Iterator[Metric]:
        waiting = GaugeMetricFamily(
            "transcribid_notices_waiting",
            "Notices that a target of hooks has not taken",
            labels=["target"],
        )
        oldest = GaugeMetricFamily(
            "transcribid_oldest_notice_seconds",
            "Age of the oldest notice that a target of hooks has not taken",
            labels=["target"],
        )
        untold = self._context.ledger.untold()
        keys: dict[str, list[str]] = {}
        for key, label in building.labels(self._context.config()).items():
            keys.setdefault(label, []).append(key)  # two chats of one messenger share a label
        for label, sharing in keys.items():
            found = [untold[key] for key in sharing if key in untold]
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
            "Memory that the processes of an engine take",
            labels=["engine"],
        )
        used = GaugeMetricFamily(
            "transcribid_gpu_memory_used_bytes",
            "Memory of a GPU that all programs use",
            labels=["gpu"],
        )
        total = GaugeMetricFamily(
            "transcribid_gpu_memory_bytes", "Memory that a GPU has", labels=["gpu"]
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
        audio = CounterMetricFamily("transcribid_audio_seconds", "Sound that was transcribed")
        audio.add_metric([], totals.audio)
        yield audio
        verdicts = CounterMetricFamily(
            "transcribid_transcripts", "Transcripts by their verdict", labels=["verdict"]
        )
        for verdict, count in totals.verdicts.items():
            verdicts.add_metric([verdict], count)
        yield verdicts
        starts = CounterMetricFamily("transcribid_engine_starts", "Engines that were ready")
        starts.add_metric([], totals.engine_starts)
        yield starts


def _age(since: float) -> float:
    return max(0.0, time.time() - since)
