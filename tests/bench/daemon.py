"""Measures the real daemon: latency, idle load, a full inbox. Run it with `make bench`."""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).parent.parent))

from support.clips import clip
from support.daemon import House, wait_until

QUIET = 1.0  # seconds
DROPS = 10
IDLE = 30.0  # seconds that the idle daemon is watched
CROWD = 100_000  # files
LINKS = 50_000  # ext4 allows 65,000 names for one file
PATIENCE = 120.0


def main() -> None:
    table = Table("measured", "median", "min to max", "target", title="transcribid, one run")
    for measure in (latency, idle, crowd):
        for row in measure():
            table.add_row(*row)
    Console().print(table)


def latency() -> Iterator[tuple[str, str, str, str]]:
    """From a file's appearance to its marker in the outbox, with a warm engine."""
    with warm_house() as house:
        times = [drop_to_transcript(house, number) for number in range(DROPS)]
    yield (
        f"drop to transcript, 3.8 s clip, quiet {QUIET:g} s",
        f"{statistics.median(times):.2f} s",
        f"{min(times):.2f} to {max(times):.2f} s",
        f"{QUIET + 1:g} s",
    )


def drop_to_transcript(house: House, number: int) -> float:
    began = time.monotonic()
    house.drop(f"{number}.wav", clip())
    marker = house.outbox / f"{number}.json"
    while not marker.exists():
        time.sleep(0.005)
    return time.monotonic() - began


def idle() -> Iterator[tuple[str, str, str, str]]:
    """Processor time of the daemon and its engine while nothing happens."""
    with warm_house() as house:
        drop_to_transcript(house, 0)
        processes = [house.pid, *house.children()]
        before = sum(map(processor_seconds, processes))
        time.sleep(IDLE)
        used = sum(map(processor_seconds, processes)) - before
    yield ("processor while idle", f"{100 * used / IDLE:.2f} % of a core", "", "0.5 %")


def crowd() -> Iterator[tuple[str, str, str, str]]:
    """Start with a very full inbox."""
    with warm_house(started=False) as house:
        for first in range(0, CROWD, LINKS):
            recording = house.drop(f"{first:07}.wav", clip())
            for number in range(first + 1, first + LINKS):
                os.link(recording, house.inbox / f"{number:07}.wav")
        began = time.monotonic()
        house.start()
        wait_until(lambda: bool(house.events("job.staging")), PATIENCE, house.last_words())
        first = time.monotonic() - began
        peak = peak_memory(house.pid)
    yield (f"start to first claim, {CROWD:,} files", f"{first:.1f} s", "", f"{QUIET:g} + 5 s")
    yield (f"daemon's peak memory, {CROWD:,} files", f"{peak:.0f} MB", "", "300 MB")


@contextmanager
def warm_house(*, started: bool = True) -> Generator[House]:
    with (
        tempfile.TemporaryDirectory() as root,
        House(Path(root), watch={"quiet": f"{QUIET:g}s"}) as house,
    ):
        if started:
            house.start()
            wait_until(lambda: bool(house.events("engine.ready")), PATIENCE)
        yield house


def processor_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def peak_memory(pid: int) -> float:
    """In megabytes (10^6 bytes), from the kernel's high-water mark."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) * 1024 / 1e6


if __name__ == "__main__":
    main()
