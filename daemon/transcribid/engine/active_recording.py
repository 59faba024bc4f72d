"""One recording in progress: its queued windows, and what has been transcribed so far.

**Resuming.** The result of each finished window goes to the daemon at once, with a bookmark:
the exact state of decoder and speech detector from which the next window is prepared. Whatever
dies, the next attempt gets the results back and continues after the last one, so at most the
windows on the device are decoded twice, and the transcript is the same as without an
interruption. For that,

- nothing is sampled, and no window's text depends on another's (only its language does: it is
  detected on the first windows together, and kept with each result);
- a result names what it was made with (`_fingerprint`): the audio, the options that matter,
  the model's digest, the libraries, and `MAKING`. Results with another fingerprint are never
  joined with new ones: from the first of them on, the recording is decoded again;
- probabilities are rounded, because their last bits depend on the batch.
"""

import hashlib
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import takewhile

import numpy as np
from numpy.typing import NDArray
from pydantic_core import to_json

from transcribid.domain.job import Failure
from transcribid.domain.languages import certainty, commonest, foreign
from transcribid.domain.options import Diarization
from transcribid.domain.segments import segments
from transcribid.domain.transcript import Audio, Performer, Span, Transcript
from transcribid.domain.window_result import WindowResult
from transcribid.protocol.engine import (
    Decoding,
    Long,
    Progress,
    Refusal,
    Reply,
    Request,
    Success,
    WindowDone,
)

SHORT = 60.0  # seconds: up to this length a recording need not wait for long ones
DETECTION_WINDOWS = 3  # windows on which the language is detected
MAKING = 12  # raised by every change to what a window is, or to how it is decoded


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """At most 30 seconds of a recording, ready to be decoded."""

    index: int
    features: NDArray[np.float32]  # of shape (mels, columns)
    spans: tuple[Span, ...]  # of the recording, concatenated
    speech: tuple[Span, ...]  # of the recording
    bookmark: str

    @property
    def seconds_of_speech(self) -> float:
        return sum(span.length for span in self.speech)


@dataclass(eq=False)
class ActiveRecording:
    """Changed only by the scheduler."""

    request: Request
    performer: Performer
    post: Callable[[Reply], None]
    mels: int  # mel bands of the model's input
    added: float = field(default_factory=time.monotonic)
    began: float | None = None  # monotonic time at which its first window was taken
    at_preparer: bool = False
    long: bool = False  # known to last longer than SHORT
    deferred: bool = False  # costs much and yields nothing: others are prepared first
    yields: int = 0  # how often another got its preparer since its last window
    prepared: int = 0  # windows that were prepared, including by earlier attempts
    bookmark: str | None = None  # where preparation continues after them
    waiting: deque[Window] = field(default_factory=deque[Window])
    in_flight: int = 0  # windows that are being decoded
    window_results: list[WindowResult] = field(default_factory=list[WindowResult])
    out_of_order: dict[int, WindowResult] = field(default_factory=dict[int, WindowResult])
    reached: float = 0.0  # seconds into the recording
    duration: float | None = None
    audio: Audio | None = None
    failure: Failure | None = None
    notes: list[str] = field(default_factory=list[str])  # workarounds, for the transcript

    def __post_init__(self) -> None:
        options = self.request.options
        self.made_with = _fingerprint(self.request, self.performer)
        self.window_results += _usable(self.request.finished_windows, self.made_with)
        self.language = options.language
        self.detects_language = options.language is None and not options.multilingual
        self.prepared = len(self.window_results)
        if self.window_results:
            self.bookmark = self.window_results[-1].bookmark
            self.reached = self.window_results[-1].end
            self.language = (
                self.window_results[0].language if self.detects_language else self.language
            )

    @property
    def alone(self) -> bool:
        return self.request.alone

    @property
    def urgent(self) -> bool:
        return self.request.urgent

    @property
    def short(self) -> bool:
        """Whether it is known to be short."""
        length = self.audio.end if self.audio else self.duration
        return not self.long and length is not None and length <= SHORT

    @property
    def shape(self) -> tuple[object, ...]:
        """What windows must have in common to share a batch."""
        options = self.request.options
        return (
            options.task,
            options.initial_prompt,
            options.hotwords,
            options.profile,
            options.beam_size,
        )

    @property
    def ended(self) -> bool:
        all_taken = self.audio is not None and not self.waiting
        return (all_taken or self.failure is not None) and not self.in_flight

    @property
    def _language_open(self) -> bool:
        """Whether its language is still to be detected."""
        return self.detects_language and self.language is None

    @property
    def ready(self) -> bool:
        """Whether one of its windows can be decoded now."""
        if self._language_open:
            enough = len(self.waiting) >= DETECTION_WINDOWS or self.audio is not None
            return enough and bool(self.waiting) and not self.in_flight
        return bool(self.waiting)

    def enqueue(self, window: Window) -> None:
        """Append a prepared window to the queue."""
        self.waiting.append(window)
        self.prepared, self.bookmark = window.index + 1, window.bookmark
        self.deferred, self.yields = False, 0
        self.reach(window.spans[-1].end)

    def reach(self, length: float) -> None:
        """Note that it is at least `length` seconds long."""
        if length > SHORT and not self.long:
            self.long = True
            self.post(Long(self.request.job, self.request.attempt))

    def take(self) -> list[Window]:
        """Take the next window to decode, or those on which the language is detected."""
        most = DETECTION_WINDOWS if self._language_open else 1
        taken = [self.waiting.popleft() for _ in range(min(most, len(self.waiting)))]
        if taken and self.began is None:
            self.began = time.monotonic()
        self.in_flight += len(taken)
        self._post_in_flight()
        return taken

    def _post_in_flight(self) -> None:
        """If the engine dies, one of the windows on the device is to blame."""
        self.post(Decoding(self.request.job, self.request.attempt, self.in_flight))

    def finish(self, window_result: WindowResult) -> None:
        self.retire_window()
        self.out_of_order[window_result.index] = window_result
        if self.detects_language and self.language is None:
            self.language = window_result.language

    def retire_window(self) -> None:
        """Count one window less on the device."""
        self.in_flight -= 1
        self._post_in_flight()

    def post_progress(self, position: float) -> None:
        request = self.request
        if self.waiting or self.in_flight:  # only what was decoded counts
            position = self.window_results[-1].end if self.window_results else 0.0
        self.reached = max(self.reached, position)
        self.post(Progress(request.job, request.attempt, self.reached, self.duration))

    def post_results(self) -> None:
        """Post the results that follow the last one posted, in order."""
        request = self.request
        while window_result := self.out_of_order.pop(len(self.window_results), None):
            self.window_results.append(window_result)
            self.post(WindowDone(request.job, request.attempt, window_result))
            self.post_progress(window_result.end)

    def post_verdict(self) -> None:
        request = self.request
        if self.failure:
            self.post(Refusal(request.job, request.attempt, self.failure))
        elif self.audio:
            transcript = self._transcript(self.audio)
            self.post(Success(request.job, request.attempt, transcript))

    def _transcript(self, audio: Audio) -> Transcript:
        language = self.language or commonest(self.window_results)
        options = self.request.options
        return Transcript(
            language=language,
            language_probability=1.0
            if options.language
            else certainty(self.window_results, language),
            segments=segments(
                self.window_results,
                language,
                words=options.word_timestamps or options.diarization.enabled,
            ),
            audio=audio,
            performer=self.performer,
            seconds=time.monotonic() - self.began if self.began else 0.0,
            unheard=tuple(
                each for window_result in self.window_results for each in window_result.unheard
            ),
            foreign=tuple(foreign(self.window_results)),
            removed=tuple(
                each for window_result in self.window_results for each in window_result.removed
            ),
            notes=tuple(self.notes),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """A window, and the recording it belongs to."""

    active: ActiveRecording
    window: Window


def _fingerprint(request: Request, performer: Performer) -> str:
    """Digest of everything the results depend on; output formats and the like do not count."""
    options = replace(
        request.options, formats=(), word_timestamps=True, diarization=Diarization()
    )
    model = replace(performer, fallback="")
    facts = to_json([MAKING, request.sha256, asdict(options), asdict(model)])
    return hashlib.sha256(facts).hexdigest()[:16]


def _usable(results: Sequence[WindowResult], made_with: str) -> list[WindowResult]:
    """Results of an earlier attempt that have the same fingerprint."""
    return list(takewhile(lambda window_result: window_result.made_with == made_with, results))
