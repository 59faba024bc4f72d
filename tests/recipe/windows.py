"""Windows of sound as the model will meet them: some sentences with pauses, or none."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random

import numpy as np

from recipe import noise, utterances
from recipe.utterances import RATE, Samples, Spoken, Utterance, Word

FRAMES = 50  # of the encoder, per second


@dataclass(frozen=True, slots=True)
class Kind:
    seconds: int
    batch: int
    latest: int  # frame of the 30 seconds where it may begin: so short ones teach late times
    prompted: float  # share that has a text before it
    prompts: tuple[int, ...]  # how many sentences that text may have


SHORT = Kind(4, batch=10, latest=1300, prompted=0.12, prompts=(1, 1, 2, 3))
MIDDLE = Kind(10, batch=4, latest=1000, prompted=0.25, prompts=(1, 1, 2, 3))
FULL = Kind(30, batch=2, latest=0, prompted=0.55, prompts=(1, 3, 6, 10, 12, 16))


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    kind: Kind
    language: str
    timestamps: bool  # whether they are asked for
    offset: int  # frame of the 30 seconds where the window begins
    audio: Samples
    valid: int  # samples; the rest is padding
    sentences: tuple[Utterance, ...] = ()
    cut: Utterance | None = None  # one more, of which the window holds only the beginning

    @property
    def frames(self) -> int:
        return self.kind.seconds * FRAMES


def window(kind: Kind, spoken: Spoken, random: Random) -> Window:
    language = "en" if random.random() < 0.58 else "es"  # English has more voices
    offset = random.randint(0, kind.latest) if random.random() < 0.8 else 0
    if random.random() < 0.06:
        return _silent(kind, language, offset, random)
    return _spoken(kind, language, offset, spoken[language], random)


def _silent(kind: Kind, language: str, offset: int, random: Random) -> Window:
    samples = kind.seconds * RATE
    timestamps = random.random() < 0.6
    audio = noise.silence(samples, random)
    valid = samples if random.random() < 0.5 else random.randint(samples // 5, samples)
    return Window(kind, language, timestamps, offset, audio, valid)


def _spoken(
    kind: Kind, language: str, offset: int, spoken: Sequence[Utterance], random: Random
) -> Window:
    timestamps = random.random() < 0.65
    sentences, cut = _placed(kind, spoken, random)
    while not sentences:  # the first was too long
        sentences, cut = _placed(kind, spoken, random)
    if cut and not (timestamps and _may_be_cut(cut, kind, random)):
        cut = None
    samples = kind.seconds * RATE
    audio = utterances.mixed([*sentences, cut] if cut else sentences, samples)
    loudness = float(np.concatenate([sentence.audio for sentence in sentences]).std())
    audio = noise.spoiled(audio, loudness, random)
    valid = samples if cut else _valid(sentences[-1], samples, random)
    audio[valid:] = 0
    return Window(kind, language, timestamps, offset, audio, valid, tuple(sentences), cut)


def _placed(
    kind: Kind, spoken: Sequence[Utterance], random: Random
) -> tuple[list[Utterance], Utterance | None]:
    """Sentences one after the other, and the first that does not fit."""
    begin = random.uniform(0, random.choice((0.0, 0.3, 1.0, 1.0, min(4.0, kind.seconds / 4))))
    (pause,) = random.choices(((0.12, 0.5), (0.3, 1.2), (0.5, 3.0)), (35, 45, 20))
    most = 99 if random.random() < 0.75 else random.randint(1, 5)
    sentences: list[Utterance] = []
    while len(sentences) < most:
        sentence = _varied(random.choice(spoken), random).at(begin)
        if sentence.end > kind.seconds - 0.02:
            return sentences, sentence
        sentences.append(sentence)
        begin = sentence.end + random.uniform(*pause)
    return sentences, None


def _varied(utterance: Utterance, random: Random) -> Utterance:
    audio = utterance.audio.astype(np.float32) / 32768 * noise.decibels(random.uniform(-6, 3))
    if random.random() > 0.3:
        return replace(utterance, audio=audio)
    speed = random.uniform(0.93, 1.08)
    places = np.arange(0, len(audio) - 1, speed)
    audio = np.interp(places, np.arange(len(audio)), audio).astype(np.float32)
    words = (Word(word.text, word.start / speed, word.end / speed) for word in utterance.words)
    return replace(utterance, audio=audio, words=tuple(words))


def _may_be_cut(sentence: Utterance, kind: Kind, random: Random) -> bool:
    """Whisper hears the sentence that a full window cuts off again, in the next one."""
    fits = kind == FULL and sentence.begin < kind.seconds - 0.6
    return fits and random.random() < 0.85


def _valid(last: Utterance, samples: int, random: Random) -> int:
    if random.random() < 0.3:
        return samples
    rest = random.choice((0.05, 0.1, 0.5, 1.0, random.uniform(0, 3)))
    return min(samples, int((last.words[-1].end + rest) * RATE))
