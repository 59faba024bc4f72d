"""Voices of espeak-ng and Flite, each saying many sentences.

A voice keeps its timbre; its pitch and speed change a little from sentence to sentence.
Played faster or slower, it becomes the voice of a smaller or a larger person.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from random import Random

import numpy as np
from scipy.signal import resample_poly

from recipe import espeak, flite, grammar, utterances
from recipe.utterances import Utterance, Word

ACCENTS = {
    "en": ("en-us", "en-us", "en", "en-gb-x-rp", "en-gb-scotland", "en-029", "en-us-nyc"),
    "es": ("es", "es-419"),
}
VARIANTS = (
    *("", "+m1", "+m2", "+m3", "+m5", "+m6", "+m7", "+m8", "+f1", "+f2", "+f4", "+f5"),
    *("+klatt", "+klatt3", "+klatt4", "+Alex", "+Alicia", "+Andrea", "+adam", "+linda"),
    *("+steph", "+Denis", "+Hugo", "+sandro", "+victor", "+anika", "+Gene", "+Lee", "+paul"),
    *("+max", "+rob", "+Diogo", "+Marco", "+miguel", "+pablo", "+antonio", "+boris"),
    *("+benjamin", "+caleb", "+marcelo", "+pedro", "+travis", "+ed", "+zac", "+iven"),
    *("+iven2", "+iven3", "+kaukovalta", "+gustave", "+grandma", "+grandpa", "+edward"),
    *("+john", "+robert", "+norbert", "+Mario", "+Andy", "+Annie", "+Jacky", "+michel"),
    *("+klatt5", "+shelby"),
)
HELD_OUT_VARIANTS = ("+m4", "+f3", "+klatt2", "+belinda", "+Michael", "+david")
SIZES = (84, 94, 100, 112)  # percent of the length it was spoken in


@dataclass(frozen=True, slots=True)
class Voice:
    name: str  # unique
    kind: str  # of espeak, such as en-us+m1, or of Flite, such as slt
    language: str
    size: int
    pitch: int  # of espeak only


def training() -> list[Voice]:
    random = Random(11)
    voices = [_espeak(variant, size, random) for variant in VARIANTS for size in SIZES]
    return voices + [_flite(kind, size) for kind in flite.VOICES for size in SIZES]


def held_out() -> list[Voice]:
    random = Random(12)
    return [_espeak(variant, 100, random) for variant in HELD_OUT_VARIANTS]


def speak(voices: Iterable[Voice], each: int, *, held_out: bool) -> Iterator[Utterance]:
    """One sentence in twelve is held out: those are said by held-out voices only."""
    for number, voice in enumerate(voices):
        random = Random(1000 + number)
        texts = [_sentence(voice.language, random, held_out=held_out) for _ in range(each)]
        for spoken in _spoken(voice, texts, random):
            yield replace(_resized(spoken, voice.size), voice=voice.name)


def save(folder: Path, split: str, spoken: Iterable[Utterance]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    utterances.save(folder, split, spoken)


def load(folder: Path, split: str) -> dict[str, list[Utterance]]:
    """By voice."""
    spoken = [each for some in utterances.load(folder, split).values() for each in some]
    ordered = sorted(spoken, key=lambda each: each.voice)
    return {voice: list(some) for voice, some in groupby(ordered, lambda each: each.voice)}


def _espeak(variant: str, size: int, random: Random) -> Voice:
    language = random.choice(("en", "en", "en", "es"))
    kind = random.choice(ACCENTS[language]) + variant
    return Voice(f"{kind} {size}", kind, language, size, random.randint(24, 76))


def _flite(kind: str, size: int) -> Voice:
    return Voice(f"flite-{kind} {size}", kind, "en", size, 0)


def _sentence(language: str, random: Random, *, held_out: bool) -> str:
    while True:
        text = grammar.sentence(random, language)
        if grammar.held_out(text) == held_out:
            return text


def _spoken(voice: Voice, texts: list[str], random: Random) -> Iterator[Utterance]:
    if voice.kind in flite.VOICES:
        yield from flite.utterances(texts, [_flite_style(voice, random) for _ in texts])
        return
    for text in texts:
        if spoken := espeak.utterance(text, voice.language, _espeak_style(voice, random)):
            yield spoken


def _flite_style(voice: Voice, random: Random) -> flite.Voice:
    stretch, shift = random.uniform(0.8, 1.3), random.uniform(0.84, 1.22)
    return flite.Voice(voice.kind, round(stretch, 3), round(shift, 3))


def _espeak_style(voice: Voice, random: Random) -> espeak.Voice:
    pitch = voice.pitch + random.randint(-5, 5)
    return espeak.Voice(voice.kind, random.randint(130, 215), pitch, random.randint(25, 75))


def _resized(spoken: Utterance, size: int) -> Utterance:
    if size == 100:
        return spoken
    audio = resample_poly(spoken.audio.astype(np.float32), size, 100)
    words = tuple(
        Word(word.text, word.start * size / 100, word.end * size / 100) for word in spoken.words
    )
    return replace(spoken, audio=np.clip(audio, -32768, 32767).astype(np.int16), words=words)
