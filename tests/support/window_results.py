"""What was heard, for tests that only carry it."""

from transcribid.domain.transcript import Audio, Performer, Transcript, Word
from transcribid.domain.window_result import WindowResult


def window_result(index: int = 0, text: str = "hello") -> WindowResult:
    return WindowResult(
        index=index,
        start=30.0 * index,
        end=30.0 * index + 28.5,
        speech=20.0,
        language="en",
        language_probability=0.98,
        sounds_like="en",
        sounds_like_probability=0.98,
        words=(Word(30.0 * index, 30.0 * index + 0.5, f" {text}", 0.9),),
        average_log_probability=-0.2,
        no_speech_probability=0.01,
        compression_ratio=1.3,
        rests=0,
        doubts=(),
        unheard=(),
        removed=(),
        bookmark="here",
        made_with="these",
    )


def transcript() -> Transcript:
    """Of a recording in which nobody speaks."""
    audio = Audio("wav", "pcm_s16le", 1.0, 1.0, 0)
    performer = Performer("starter", "cpu", "int8", "an engine")
    return Transcript("en", 0.9, (), audio, performer, 0.1)
