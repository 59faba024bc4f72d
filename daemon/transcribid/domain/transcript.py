"""What was said and when. Times are seconds from the start of the recording."""

from dataclasses import dataclass

UNKNOWN = "?"  # who speaks, where the speakers of other parts are known


@dataclass(frozen=True, slots=True)
class Span:
    """From here to there, in seconds."""

    start: float
    end: float

    @property
    def length(self) -> float:
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Word:
    start: float
    end: float
    text: str  # as the model wrote it, with its leading space
    probability: float  # 0 to 1
    speaker: str | None = None  # where speakers were told apart, and this one is known


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
    """One speaker, without pause and without others."""

    start: float
    end: float
    speaker: str  # SPEAKER_00 and so on, or a name


@dataclass(frozen=True, slots=True)
class Speakers:
    """Who spoke when, or why nobody can tell."""

    turns: tuple[Turn, ...] = ()  # in order, never overlapping
    model: str = ""  # the pipeline
    device: str = ""  # cpu or cuda
    libraries: str = ""  # with versions
    seconds: float = 0.0  # that it took
    failure: str = ""  # a sentence: what was asked for could not be done

    @property
    def names(self) -> tuple[str, ...]:
        """In the order in which they first speak."""
        return tuple(dict.fromkeys(turn.speaker for turn in self.turns))


@dataclass(frozen=True, slots=True)
class Discontinuity:
    """Where the timestamps of the container jump for long, or back."""

    at: float  # seconds into the recording
    seconds: float  # that they jump ahead


@dataclass(frozen=True, slots=True)
class Audio:
    """What the decoder found."""

    container: str  # FFmpeg's name of the format, such as "mp3" or "mov,mp4,m4a"
    codec: str
    duration: float | None  # seconds, as the container claims
    decoded: float  # seconds that really came out
    errors: int  # packets that could not be decoded
    missing: str = ""  # a sentence, where the end of the file did not come
    skipped: float = 0.0  # seconds of the recording for which there is no sound
    lost: float = 0.0  # seconds in the middle that a file of its kind should have
    discontinuities: tuple[Discontinuity, ...] = ()
    track: int = 1  # which was heard, from 1
    tracks: int = 1  # how many there are
    speech_in: int | None = None  # another track in which somebody speaks
    notes: tuple[str, ...] = ()  # sentences about what is odd and costs nothing

    @property
    def end(self) -> float:
        """Seconds from the start of the recording to its last sound."""
        return self.decoded + self.skipped


@dataclass(frozen=True, slots=True)
class Performer:
    """Who transcribed: a job never changes these silently."""

    model: str
    device: str  # cpu or cuda
    compute_type: str
    engine: str  # libraries with versions
    digest: str = ""  # SHA-256 of the weights, in hexadecimal
    fallback: str = ""  # why this is not what was asked for
    encoder: str = ""  # full or trimmed: how much silence it sees behind the sound


@dataclass(frozen=True, slots=True)
class Foreign:
    """A part of the recording that was transcribed in a language it does not sound like."""

    language: str  # ISO 639-1, that it sounds like
    span: Span


@dataclass(frozen=True, slots=True)
class Removed:
    """Words that the model wrote and that have no sound: rounds of a loop."""

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
    seconds: float  # from its first window being heard to the last; others may share them
    unheard: tuple[Span, ...] = ()  # speech for which no words were found
    foreign: tuple[Foreign, ...] = ()  # what sounds like another language
    removed: tuple[Removed, ...] = ()  # what nobody said
    notes: tuple[str, ...] = ()  # what had to be done to get it heard, as sentences
    speakers: Speakers | None = None  # None: nobody asked

    @property
    def duration(self) -> float:
        """Seconds from the start of the recording to its end."""
        return self.audio.end

    @property
    def text(self) -> str:
        return " ".join(segment.text for segment in self.segments)
