"""What the daemon is doing, as one value that any thread may read."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from transcribid.domain.job import JobId
from transcribid.domain.naming import printable
from transcribid.domain.quality import judge
from transcribid.domain.transcript import Performer, Transcript
from transcribid.protocol.engine import Phase
from transcribid.workers import Broken, Working

_TELLING = 5.0  # seconds of work from which on its speed says something


@dataclass(frozen=True, slots=True)
class Running:
    """A recording of which something is being heard."""

    job: JobId
    name: str
    position: float  # seconds heard
    duration: float | None  # seconds of the recording, where known
    seconds: float  # of work so far
    text: str = ""  # heard so far
    phase: Phase = Phase.WORDS
    began_at: float = 0.0  # seconds of it that were heard before this work
    silent: float = 0.0  # seconds since the last word of it

    @property
    def speed(self) -> float:
        """Seconds of sound per second of work; 0 while nobody can tell."""
        heard = self.position - self.began_at
        return max(0.0, heard) / self.seconds if self.seconds >= _TELLING else 0.0

    @property
    def remaining(self) -> float | None:
        """Seconds until it is done, if it goes on like this; None while nobody can tell."""
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

    audio: float = 0.0  # seconds that were transcribed
    verdicts: Mapping[str, int] = field(default_factory=dict[str, int])
    engine_starts: int = 0

    def plus(self, transcript: Transcript) -> "Totals":
        verdict = judge(transcript).verdict
        verdicts = {**self.verdicts, verdict: self.verdicts.get(verdict, 0) + 1}
        return replace(self, audio=self.audio + transcript.duration, verdicts=verdicts)


@dataclass(frozen=True, slots=True)
class Status:
    since: float  # when the daemon started, seconds since the epoch
    ready: bool = False  # the model is loaded and the inbox was looked at
    paused: bool = False
    stopping: bool = False
    trouble: str | None = None  # why work stands still
    warnings: tuple[str, ...] = ()  # what degrades for as long as the daemon runs
    engines: Mapping[int, Working | Broken] = field(
        default_factory=dict[int, Working | Broken]
    )  # by their numbers; empty until one of them has said something
    running: tuple[Running, ...] = ()
    others: int = 0  # recordings that left the queue, and of which nothing is being heard
    settling: tuple[str, ...] = ()  # files that may still be on their way
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
        """The state in one sentence for a person."""
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
