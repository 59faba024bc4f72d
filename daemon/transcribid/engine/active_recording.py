"""One recording at work: its windows that wait, and what was transcribed of it so far.

**Resuming.** The result of each finished window goes to the daemon at once, with a bookmark:
the state of decoder and detector from which the next window is prepared, to the bit. Whatever
dies, the next attempt gets the results back and goes on behind the last, so at most the
windows in the device are decoded twice, and the transcript is the same as without an
interruption. For that,

- nothing is sampled, and no window's text depends on another's (language alone does: it is
  asked of the first windows together, and kept with each result);
- a result names what it was made with (`_fingerprint`): the sound, the options that matter,
  the model's digest, the libraries, and `MAKING`. Results of another making are never joined
  with new ones: from the first such one on, the recording is decoded anew;
- probabilities are rounded, for their last bits depend on the batch.
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
    Heard,
    Long,
    Progress,
    Refusal,
    Reply,
    Request,
    Success,
)

SHORT = 60.0  # seconds: such a recording need not wait for long ones
ASKED = 3  # windows that are listened to before the language is settled
MAKING = 11  # raised by every change to what a window is, or to how it is decoded


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """At most 30 seconds of a recording, ready to be heard."""

    index: int
    features: NDArray[np.float32]  # of shape (mels, columns)
    spans: tuple[Span, ...]  # of the recording, joined
    speech: tuple[Span, ...]  # of the recording
    bookmark: str

    @property
    def seconds_of_speech(self) -> float:
        return sum(span.length for span in self.speech)


@dataclass(eq=False)
class ActiveRecording:
    """Only the scheduler changes it."""

    request: Request
    performer: Performer
    post: Callable[[Reply], None]
    mels: int  # bands that the model sees
    added: float = field(default_factory=time.monotonic)
    began: float | None = None  # when its first window was taken, by the monotonic clock
    at_preparer: bool = False
    long: bool = False  # known to last longer than SHORT
    behind: bool = False  # it costs much and yields nothing: others are prepared first
    yields: int = 0  # how often another got its preparer since its last window
    put: int = 0  # windows that were prepared, also by earlier attempts
    bookmark: str | None = None  # where preparing goes on after them
    waiting: deque[Window] = field(default_factory=deque[Window])
    flying: int = 0  # windows that are being heard
    window_results: list[WindowResult] = field(default_factory=list[WindowResult])
    early: dict[int, WindowResult] = field(default_factory=dict[int, WindowResult])
    reached: float = 0.0  # seconds into the recording
    duration: float | None = None
    audio: Audio | None = None
    failure: Failure | None = None
    notes: list[str] = field(default_factory=list[str])  # what had to be done meanwhile

    def __post_init__(self) -> None:
        options = self.request.options
        self.made_with = _fingerprint(self.request, self.performer)
        self.window_results += _usable(self.request.heard, self.made_with)
        self.language = options.language
        self.asks_language = options.language is None and not options.multilingual
        self.put = len(self.window_results)
        if self.window_results:
            self.bookmark = self.window_results[-1].bookmark
            self.reached = self.window_results[-1].end
            self.language = (
                self.window_results[0].language if self.asks_language else self.language
            )

    @property
    def alone(self) -> bool:
        return self.request.alone

    @property
    def urgent(self) -> bool:
        return self.request.urgent

    @property
    def short(self) -> bool:
        """As far as is known."""
        length = self.audio.end if self.audio else self.duration
        return not self.long and length is not None and length <= SHORT

    @property
    def shape(self) -> tuple[object, ...]:
        """What windows must have in common to be heard together."""
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
        heard_all = self.audio is not None and not self.waiting
        return (heard_all or self.failure is not None) and not self.flying

    @property
    def _questioned(self) -> bool:
        """Whether its language is still to be found out."""
        return self.asks_language and self.language is None

    @property
    def ready(self) -> bool:
        """Whether one of its windows can be decoded now."""
        if self._questioned:
            enough = len(self.waiting) >= ASKED or self.audio is not None
            return enough and bool(self.waiting) and not self.flying
        return bool(self.waiting)

    def lay(self, window: Window) -> None:
        """Put a window that was prepared behind those that wait."""
        self.waiting.append(window)
        self.put, self.bookmark = window.index + 1, window.bookmark
        self.behind, self.yields = False, 0
        self.reach(window.spans[-1].end)

    def reach(self, length: float) -> None:
        """It is as long as this at least, in seconds."""
        if length > SHORT and not self.long:
            self.long = True
            self.post(Long(self.request.job, self.request.attempt))

    def take(self) -> list[Window]:
        """The next window to decode, or those that the language is asked of together."""
        most = ASKED if self._questioned else 1
        taken = [self.waiting.popleft() for _ in range(min(most, len(self.waiting)))]
        if taken and self.began is None:
            self.began = time.monotonic()
        self.flying += len(taken)
        self._name()
        return taken

    def _name(self) -> None:
        """Whatever the device dies of, it was one of the windows that are in it."""
        self.post(Decoding(self.request.job, self.request.attempt, self.flying))

    def finish(self, window_result: WindowResult) -> None:
        self.land()
        self.early[window_result.index] = window_result
        if self.asks_language and self.language is None:
            self.language = window_result.language

    def land(self) -> None:
        """One window left the device."""
        self.flying -= 1
        self._name()

    def note(self, position: float) -> None:
        request = self.request
        if self.waiting or self.flying:  # only what was heard counts
            position = self.window_results[-1].end if self.window_results else 0.0
        self.reached = max(self.reached, position)
        self.post(Progress(request.job, request.attempt, self.reached, self.duration))

    def tell(self) -> None:
        """What was heard since the last time, in its order."""
        request = self.request
        while window_result := self.early.pop(len(self.window_results), None):
            self.window_results.append(window_result)
            self.post(Heard(request.job, request.attempt, window_result))
            self.note(window_result.end)

    def answer(self) -> None:
        """The verdict."""
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
    """A window, and the recording that it belongs to."""

    active: ActiveRecording
    window: Window


def _fingerprint(request: Request, performer: Performer) -> str:
    """What is the same wherever the same is decoded; formats and such do not matter."""
    heard_with = replace(
        request.options, formats=(), word_timestamps=True, diarization=Diarization()
    )
    heard_by = replace(performer, fallback="")
    facts = to_json([MAKING, request.sha256, asdict(heard_with), asdict(heard_by)])
    return hashlib.sha256(facts).hexdigest()[:16]


def _usable(heard: Sequence[WindowResult], made_with: str) -> list[WindowResult]:
    """What an earlier attempt heard under the same circumstances."""
    return list(takewhile(lambda window_result: window_result.made_with == made_with, heard))
