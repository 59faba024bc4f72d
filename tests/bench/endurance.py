"""Measures an engine killed in the middle of an hour, and its memory: `make endurance`."""

import argparse
import json
import os
import shutil
import signal
import sys
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).parent.parent))

from bench.corpus import Amounts, built
from support.alike import differences
from support.daemon import House, wait_until
from transcribid.cli.bench.memory import MemoryWatch
from transcribid.process.rss import descendants

_PATIENCE = 3600.0  # seconds
_HOUR = 3600.0  # seconds
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Run:
    transcript: dict[str, Any]
    work: float  # seconds of the processor, of all engines and preparers there were
    memory: int  # bytes, of them together at the worst moment


class Work:
    """Within it, the processor time of all that a process starts is added up."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._used: dict[int, float] = {}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="work", daemon=True)

    @property
    def seconds(self) -> float:
        return sum(self._used.values())

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(0.05):
            for process in descendants(self._pid):
                self._used[process] = max(self._used.get(process, 0.0), _processor(process))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hours", type=int, default=6, help="of the long recording")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="transcribid-endurance-") as home:
        hour = _recording(Path(home) / "hour", 1)
        whole = _run(Path(home) / "whole", hour)
        killed = _run(Path(home) / "killed", hour, kill=True)
        long = _run(Path(home) / "long", _recording(Path(home) / "hours", asked.hours))
    same = not differences(killed.transcript, whole.transcript)
    table = Table("measured", "figure", "target", title="transcribid, one run", width=90)
    table.add_row(
        "work of an hour whose engine was killed in the middle, over an undisturbed one",
        f"{killed.work / whole.work:.2f}",
        "1.1",
    )
    table.add_row("its transcript", "the same" if same else "ANOTHER", "the same")
    table.add_row("memory of the engine, 1 hour", f"{whole.memory >> 20} MiB", "600 MB")
    table.add_row(
        f"memory, {asked.hours} hours over 1 hour", f"{long.memory / whole.memory:.2f}", "1.1"
    )
    Console().print(table)
    return 0 if same else 1


def _recording(folder: Path, hours: int) -> Path:
    corpora = built(folder, Amounts(notes=1, hour=hours * _HOUR, minutes=1))
    return next(each for each in corpora if each.name == "hour").recordings[0].path


def _run(root: Path, recording: Path, *, kill: bool = False) -> Run:
    with House(root) as house:
        house.start()
        wait_until(lambda: bool(house.events("engine.ready")), _PATIENCE)
        with Work(house.pid) as work, MemoryWatch(house.pid, itself=False) as watch:
            shutil.copy(recording, house.inbox / f"talk{recording.suffix}")
            if kill:
                heard = house.state / "heard" / "1.jsonl"
                wait_until(lambda: _windows(heard) >= 70, _PATIENCE, "half of it")
                os.kill(house.children()[0], signal.SIGKILL)
            marker = house.outbox / "talk.json"
            wait_until(marker.exists, _PATIENCE, "the transcript")
        transcript: dict[str, Any] = json.loads(marker.read_text())
        house.stop()
    told = {key: transcript[key] for key in ("language", "text", "segments", "quality")}
    return Run(told, work.seconds, watch.memory)


def _windows(heard: Path) -> int:
    return heard.read_bytes().count(b"\n") if heard.exists() else 0


def _processor(process: int) -> float:
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / _TICKS


if __name__ == "__main__":
    raise SystemExit(main())
