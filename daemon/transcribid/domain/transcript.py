"""A transcript and its parts. Times are seconds from the start of the recording."""

from dataclasses import dataclass

UNKNOWN = "?"  # who speaks, where the speakers of other parts are known


@dataclass(frozen=True, slots=True)
class Span:
    """A time interval, in seconds."""

    start: float
    end: float

    @property
    def length(self) -> float:
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Word:
    start: float
    end: float
    text: str  # as decoded, with its leading space
    probability: float  # 0 to 1
    speaker: str | None = None  # None without diarization, or if unknown


@dataclass(frozen=True, slots=True)
class Segment:
    start: float
    end: float
    text: str  # without surrounding space
    words: tuple[Word, ...] = ()
    average_log_probability: float = 0.0  # natural logarithm, mean over tokens
    no_speech_probability: float = 0.0  # 0 to 1
    compression_ratio: float = 0.0  # of the text, by zlib: how repetitive it is
    language: str | None = None  # ISO 639-1, where it is not that of the recording
    doubts: tuple[str, ...] = ()  # domain.window_result.Doubt: why it may be wrong
    speaker: str | None = None  # of all its words


@dataclass(frozen=True, slots=True)
class Turn:
    """Continuous speech of one speaker alone."""

    start: float
    end: float
    speaker: str  # SPEAKER_00 and so on, or a name


@dataclass(frozen=True, slots=True)
class Speakers:
    """Who spoke when, or why that is unknown."""

    turns: tuple[Turn, ...] = ()  # in order, never overlapping
    model: str = ""  # the pipeline
    device: str = ""  # cpu or cuda
    libraries: str = ""  # with versions
    seconds: float = 0.0  # time it took
    failure: str = ""  # a sentence: why diarization failed

    @property
    def names(self) -> tuple[str, ...]:
        """In the order in which they first speak."""
        return tuple(dict.fromkeys(turn.speaker for turn in self.turns))


@dataclass(frozen=True, slots=True)
class Discontinuity:
    """Where the timestamps of the container jump far ahead, or back."""

    at: float  # seconds into the recording
    seconds: float  # size of the jump; negative if back


@dataclass(frozen=True, slots=True)
class Audio:
    """Facts about the decoded audio."""

    container: str  # FFmpeg's name of the format, such as "mp3" or "mov,mp4,m4a"
    codec: str
    duration: float | None  # seconds, as the container claims
    decoded: float  # seconds that were actually decoded
    errors: int  # packets that could not be decoded
    missing: str = ""  # a sentence, if the end of the file is missing
    skipped: float = 0.0  # seconds of the recording without samples
    lost: float = 0.0  # seconds missing in the middle, in formats without gaps
    discontinuities: tuple[Discontinuity, ...] = ()
    track: int = 1  # the transcribed one, from 1
    tracks: int = 1  # how many there are
    speech_in: int | None = None  # another track that contains speech
    notes: tuple[str, ...] = ()  # sentences about harmless oddities

    @property
    def end(self) -> float:
        """Seconds from the start of the recording to its last sample."""
        return self.decoded + self.skipped


@dataclass(frozen=True, slots=True)
class Performer:
    """What transcribed it: a job never changes these silently."""

    model: str
    device: str  # cpu or cuda
    compute_type: str
    engine: str  # libraries with versions
    digest: str = ""  # SHA-256 of the weights, in hexadecimal
    fallback: str = ""  # why this is not what was requested
    encoder: str = ""  # full or trimmed: how much padding windows get


@dataclass(frozen=True, slots=True)
class Foreign:
    """A part of the recording detected as another language than it was transcribed in."""

    language: str  # ISO 639-1, as detected
    span: Span


@dataclass(frozen=True, slots=True)
class Removed:
    """Decoded words that align with no audio: repeats in a loop."""

    start: float
    end: float
    text: str


@dataclass(frozen=True, slots=True)
class Transcript:
    language: str  # ISO 639-1
    language_probability: float  # 1.0 where the language was given
    segments: tuple[Segment, ...]
    audio: Audio
    performer: Performer
    seconds: float  # from decoding its first window to the last; others may share them
    unheard: tuple[Span, ...] = ()  # speech for which no words were found
    foreign: tuple[Foreign, ...] = ()  # parts detected as another language
    removed: tuple[Removed, ...] = ()  # words that nobody spoke
    notes: tuple[str, ...] = ()  # workarounds that were needed, as sentences
    speakers: Speakers | None = None  # None: not requested

    @property
    def duration(self) -> float:
        """Seconds from the start of the recording to its end."""
        return self.audio.end

    @property
    def text(self) -> str:
        return " ".join(segment.text for segment in self.segments)
