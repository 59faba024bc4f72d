"""Speech from libespeak-ng, with the time of every word."""

import ctypes
import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import groupby, pairwise
from operator import itemgetter
from typing import Any

import numpy as np
from scipy.signal import resample_poly

from recipe.utterances import RATE, Samples, Utterance, Word, trimmed

# From espeak-ng/speak_lib.h.
_RETRIEVAL, _PHONEME_EVENTS, _UTF8, _BY_CHARACTER = 1, 1, 1, 1
_RATE, _PITCH, _RANGE = 1, 3, 4
_LIST_TERMINATED, _WORD, _END, _PHONEME = 0, 1, 5, 7
_PAUSES = (b"_:", b"_", b"_!")


@dataclass(frozen=True, slots=True)
class Voice:
    name: str  # such as en-us+m4
    words_per_minute: int
    pitch: int  # 0 to 100
    range: int  # 0 to 100, from flat to lively


@dataclass(frozen=True, slots=True)
class _Mark:
    """At this time a word begins, or a pause."""

    seconds: float
    position: int | None  # first character of the word, counted from 1; None: a pause


def utterance(text: str, language: str, voice: Voice) -> Utterance | None:
    """None where espeak does not tell when the sentence begins."""
    espeak = _espeak()
    sound, marks = espeak.say(text, voice)
    words = _words(text, marks, len(sound) / espeak.rate)
    if not words:
        return None
    resampled = resample_poly(sound.astype(np.float32), RATE, espeak.rate)
    audio = np.clip(resampled, -32768, 32767).astype(np.int16)
    name = f"{voice.name} r{voice.words_per_minute} p{voice.pitch}"
    return trimmed(Utterance(language, text, name, words, audio))


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("identifier", ctypes.c_uint),
        ("position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("milliseconds", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user", ctypes.c_void_p),
        ("phoneme", ctypes.c_char * 8),  # a union of 8 bytes
    )


_Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event)
)


class _Espeak:
    def __init__(self) -> None:
        self._library = ctypes.CDLL("libespeak-ng.so.1")
        self.rate: int = self._library.espeak_Initialize(_RETRIEVAL, 200, None, _PHONEME_EVENTS)
        self._sound: list[Samples] = []
        self._marks: list[_Mark] = []
        self._callback = _Callback(self._receive)  # the library keeps only its address
        self._library.espeak_SetSynthCallback(self._callback)

    def say(self, text: str, voice: Voice) -> tuple[Samples, list[_Mark]]:
        self._sound, self._marks = [], []
        self._library.espeak_SetVoiceByName(voice.name.encode())
        self._library.espeak_SetParameter(_RATE, voice.words_per_minute, 0)
        self._library.espeak_SetParameter(_PITCH, voice.pitch, 0)
        self._library.espeak_SetParameter(_RANGE, voice.range, 0)
        encoded = text.encode()
        size = len(encoded) + 1
        self._library.espeak_Synth(encoded, size, 0, _BY_CHARACTER, 0, _UTF8, None, None)
        self._library.espeak_Synchronize()
        return np.concatenate(self._sound), self._marks

    def _receive(self, sound: Any, samples: int, events: Any) -> int:
        if sound and samples:
            self._sound.append(np.ctypeslib.as_array(sound, (samples,)).copy())
        self._marks += _marks(events)
        return 0  # go on


@cache
def _espeak() -> _Espeak:
    return _Espeak()  # the library can be started once in a process


def _marks(events: Any) -> Iterator[_Mark]:
    for event in events:
        seconds = event.milliseconds / 1000
        if event.type == _LIST_TERMINATED:
            return
        if event.type == _WORD:
            yield _Mark(seconds, event.position)
        elif event.type == _END or (event.type == _PHONEME and event.phoneme in _PAUSES):
            yield _Mark(seconds, None)


def _words(text: str, marks: list[_Mark], end: float) -> tuple[Word, ...]:
    texts = text.split()
    starts = [match.start() for match in re.finditer(r"\S+", text)]
    heard = [(_index(starts, mark), mark.seconds) for mark in marks] + [(None, end)]
    changes = [next(group) for _, group in groupby(heard, key=itemgetter(0))]
    spans: dict[int, tuple[float, float]] = {}
    for (index, start), (_, stop) in pairwise(changes):
        if index is not None:
            spans.setdefault(index, (start, stop))
    if 0 not in spans:
        return ()
    words: list[Word] = []
    for index, following in pairwise([*sorted(spans), len(texts)]):
        words += _shared(texts[index:following], *spans[index])
    return tuple(words)


def _index(starts: list[int], mark: _Mark) -> int | None:
    if mark.position is None:
        return None
    return bisect_right(starts, max(mark.position - 1, 0)) - 1


def _shared(texts: list[str], start: float, end: float) -> Iterator[Word]:
    """espeak speaks some words as one ("in the"): they share its time by their letters."""
    per_letter = (end - start) / len("".join(texts))
    for text in texts:
        stop = start + len(text) * per_letter
        yield Word(text, start, stop)
        start = stop
