"""What the daemon is doing, as one value that any thread may read."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from transcribid.domain.job import JobId
from transcribid.domain.naming import printable
from transcribid.domain.quality import judge
from transcribid.domain.transcript import Performer, Transcript
from transcribid.protocol.engine import Phase
from transcribid.workers import Broken, Working

_MIN_SECONDS = 5.0  # seconds of work before its speed is meaningful


@dataclass(frozen=True, slots=True)
class Running:
    """A recording that is being processed."""

    job: JobId
    name: str
    position: float  # seconds processed
    duration: float | None  # seconds of the recording, where known
    seconds: float  # of work so far
    text: str = ""  # transcribed so far
    phase: Phase = Phase.WORDS
    began_at: float = 0.0  # position in seconds when this work began
    silent: float = 0.0  # seconds since its last report

    @property
    def speed(self) -> float:
        """Seconds of audio per second of work; 0 while unknown."""
        done = self.position - self.began_at
        return max(0.0, done) / self.seconds if self.seconds >= _MIN_SECONDS else 0.0

    @property
    def remaining(self) -> float | None:
        """Seconds until it is done at this speed; None while unknown."""
        if self.duration is None or not self.speed:
            return None
        left = (self.duration - self.position) / self.speed - self.silent
        return left if left >= 1.0 else None  # a container may claim anything

    @property
    def sentence(self) -> str:
        name = printable(self.name)
        if not self.duration:
            return name
        percent = min(100, round(100 * self.position / self.duration))
        speed = f", {in_words(self.speed)} x real time" if self.speed else ""
        of = " of its speakers" if self.phase is Phase.SPEAKERS else ""
        return f"{name}: {percent} %{of}{speed}"


def in_words(speed: float) -> str:
    """
    >>> in_words(0.38), in_words(22.4)
    ('0.4', '22')
    """
    return f"{speed:.1f}" if speed < 10 else f"{speed:.0f}"


@dataclass(frozen=True, slots=True)
class Totals:
    """Since the daemon started."""

    audio: float = 0.0  # seconds transcribed
    verdicts: Mapping[str, int] = field(default_factory=dict[str, int])
    engine_starts: int = 0

    def plus(self, transcript: Transcript) -> "Totals":
        verdict = judge(transcript).verdict
        verdicts = {**self.verdicts, verdict: self.verdicts.get(verdict, 0) + 1}
        return replace(self, audio=self.audio + transcript.duration, verdicts=verdicts)


@dataclass(frozen=True, slots=True)
class Status:
    since: float  # when the daemon started, seconds since the epoch
    ready: bool = False  # the model is loaded and the inbox was scanned
    paused: bool = False
    stopping: bool = False
    trouble: str | None = None  # why work has stopped
    warnings: tuple[str, ...] = ()  # what is degraded while the daemon runs
    engines: Mapping[int, Working | Broken] = field(
        default_factory=dict[int, Working | Broken]
    )  # by number; empty until one of them has reported
    running: tuple[Running, ...] = ()
    others: int = 0  # recordings that left the queue but are not being processed
    settling: tuple[str, ...] = ()  # files that may still be being written
    skipped: Mapping[str, str] = field(default_factory=dict[str, str])  # with the reasons
    totals: Totals = field(default_factory=Totals)

    @property
    def working(self) -> Working | None:
        """The first engine that works."""
        found = (each for each in self.engines.values() if isinstance(each, Working))
        return next(found, None)

    @property
    def performer(self) -> Performer | None:
        return self.working and self.working.performer

    @property
    def broken(self) -> tuple[Broken, ...]:
        return tuple(each for each in self.engines.values() if isinstance(each, Broken))

    @property
    def sentence(self) -> str:
        """The state in one sentence for users."""
        if self.stopping:
            return f"Stopping; still running: {len(self.running) + self.others}."
        if self.trouble:
            return self.trouble
        if not self.ready:
            return "Starting: the engine loads its model and transcribes a test clip."
        for running in self.running[:1]:
            more = f", and {len(self.running) - 1} more" if len(self.running) > 1 else ""
            return f"Transcribing {running.sentence}{more}."
        if self.others:
            some = "a recording" if self.others == 1 else f"{self.others} recordings"
            return f"Preparing or delivering {some}."
        return "Paused." if self.paused else "Waiting for recordings."

    @property
    def word(self) -> str:
        """The state in one word."""
        if self.stopping:
            return "stopping"
        if self.trouble:
            return "trouble"
        if not self.ready:
            return "starting"
        if self.paused:
            return "paused"
        return "working" if self.running or self.others else "idle"
