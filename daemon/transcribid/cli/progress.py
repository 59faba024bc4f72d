"""Progress on a terminal: a bar for the queue, and one for each running recording."""

from typing import Self

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from transcribid.domain.job import JobId
from transcribid.domain.naming import printable
from transcribid.protocol.engine import Phase
from transcribid.service.status import Running, Status, in_words


class Bars:
    """While it is active, lines on standard error are printed above the bars."""

    def __init__(self, console: Console) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f}%"),
            TextColumn("{task.fields[note]}"),
            TimeElapsedColumn(),
            console=console,
            transient=True,
        )
        self._tasks: dict[JobId, TaskID] = {}
        self._state = self._progress.add_task("starting", total=None, note="loading the model")

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def show(self, status: Status) -> None:
        note = status.trouble or f"{len(status.settling)} settling"
        self._progress.update(self._state, description=status.word, note=escape(note))
        running = {each.job: each for each in status.running}
        for job in set(self._tasks) - set(running):
            self._progress.remove_task(self._tasks.pop(job))
        for each in running.values():
            self._show_running(each)

    def print(self, sentence: str) -> None:
        """Print a permanent line above the bars."""
        self._progress.console.print(sentence, markup=False, soft_wrap=True)

    def _show_running(self, running: Running) -> None:
        if running.job not in self._tasks:
            name = escape(printable(running.name))
            self._tasks[running.job] = self._progress.add_task(name, total=None, note="")
        speed = f"{in_words(running.speed)}x" if running.speed else ""
        note = f"{speed} speakers" if running.phase is Phase.SPEAKERS else speed
        self._progress.update(
            self._tasks[running.job],
            completed=running.position,
            total=running.duration,
            note=note,
        )
