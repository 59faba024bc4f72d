"""The engine: a model, lanes that hear, and preparers that work ahead of them."""

import queue
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import version
from typing import Self

from transcribid.domain.job import Failure, FailureKind
from transcribid.domain.transcript import Performer
from transcribid.engine.assignment import Assignment, Piece
from transcribid.engine.device import choose
from transcribid.engine.lineup import Lineup
from transcribid.engine.preparing import Preparer
from transcribid.wire import Refusal, Reply, Request, Settings, Success

_AHEAD = 8  # windows that wait for each recording at least: 8 MB


class WhisperEngine:
    """Requests are answered in the order in which they were added."""

    def __init__(self, settings: Settings) -> None:
        """Raises CannotRun with the remedy."""
        device = choose(settings)
        self._batch = device.batch
        self._lineup = Lineup(max(_AHEAD, 2 * device.batch))
        self._preparers = [Preparer(self._lineup) for _ in range(device.preparers)]
        try:
            from transcribid.engine import hearing, loading  # while the preparers start

            ears = loading.load(settings.model, device)
        except BaseException:
            self._stop_preparing()
            raise
        self._hearing = hearing.Hearing(ears, device.timestamps)
        self.performer = Performer(
            settings.model, device.name, device.compute_type, _libraries()
        )
        self.slots = min(32, 2 * device.lanes * device.batch + 2)
        self._lanes = [
            threading.Thread(target=self._run_lane, name="lane", daemon=True)
            for _ in range(device.lanes)
        ]
        for lane in self._lanes:
            lane.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def add(self, request: Request, post: Callable[[Reply], None]) -> Assignment:
        """`post` gets all that is said about it, from several threads, the verdict last."""
        assignment = Assignment(request, self.performer, post, self._hearing.ears.mels)
        self._lineup.add(assignment)
        return assignment

    def cancel(self, assignment: Assignment) -> None:
        self._lineup.cancel(assignment)

    def transcribe(self, request: Request) -> Iterator[Reply]:
        """One request, and all that is said about it."""
        said: queue.SimpleQueue[Reply] = queue.SimpleQueue()
        assignment = self.add(request, said.put)
        try:
            while True:
                yield (reply := said.get())
                if isinstance(reply, Success | Refusal):
                    return
        finally:
            self.cancel(assignment)

    def close(self) -> None:
        self._stop_preparing()
        for lane in self._lanes:
            lane.join()

    def _stop_preparing(self) -> None:
        self._lineup.close()
        for preparer in self._preparers:
            preparer.close()

    def _run_lane(self) -> None:
        while batch := self._lineup.take(self._batch):
            self._hear(batch)

    def _hear(self, batch: Sequence[Piece]) -> None:
        """What fails together is tried in halves, and what fails alone is refused."""
        try:
            passages = self._hearing.hear(batch)
        except Exception as error:  # noqa: BLE001 - whatever the models raise becomes a value
            sys.stderr.write(f"{len(batch)} windows at once: {type(error).__name__}: {error}\n")
            if len(batch) > 1:
                half = len(batch) // 2
                self._hear(batch[:half])
                self._hear(batch[half:])
                return
            failure = Failure(FailureKind.ENGINE, f"{type(error).__name__}: {error}")
            self._lineup.drop(batch[0], failure)
        else:
            self._lineup.done(batch, passages)


def _libraries() -> str:
    return f"faster-whisper {version('faster-whisper')}, ctranslate2 {version('ctranslate2')}"
