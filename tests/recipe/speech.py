"""Speaks sentences of the grammar in many voices, to train with and to hold out.

Run: python -m recipe.speech FOLDER
"""

import argparse
import multiprocessing
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain
from pathlib import Path
from random import Random

from recipe import espeak, flite, grammar, utterances
from recipe.utterances import Utterance

_ACCENTS = {
    "en": (
        *(["en-us"] * 4 + ["en"] * 3),
        *("en-gb-x-rp", "en-gb-scotland", "en-029", "en-us-nyc", "en-gb-x-gbclan"),
    ),
    "es": ("es", "es-419"),
}
_VARIANTS = (
    *("", "", "", ""),  # the plain voice more often than any other
    *("+m1", "+m2", "+m3", "+m5", "+m6", "+m7", "+m8", "+f1", "+f2", "+f4", "+f5"),
    *("+klatt", "+klatt3", "+klatt4", "+Alex", "+Alicia", "+Andrea", "+adam", "+linda"),
    *("+steph", "+Denis", "+Hugo", "+sandro", "+victor", "+anika", "+Gene", "+Lee", "+paul"),
    *("+max", "+rob", "+Diogo", "+Marco", "+miguel", "+pablo", "+antonio", "+boris"),
)
_HELD_OUT_VARIANTS = ("+m4", "+f3", "+klatt2", "+belinda", "+Michael", "+david")


class Speaker(StrEnum):
    ESPEAK = "espeak"
    FLITE = "flite"  # English only


@dataclass(frozen=True, slots=True)
class Job:
    """What one process speaks before it takes the next."""

    speaker: Speaker
    language: str
    count: int
    seed: int
    held_out: bool = False


HELD_OUT = (
    Job(Speaker.ESPEAK, "en", 400, seed=91, held_out=True),
    Job(Speaker.ESPEAK, "es", 500, seed=92, held_out=True),
    Job(Speaker.FLITE, "en", 160, seed=93, held_out=True),
)
# 24,140 utterances, 14 hours of speech: five minutes of work on two cores.
TRAINING = tuple(
    chain.from_iterable(
        (
            Job(Speaker.ESPEAK, "en", 250, seed=1000 + block),
            Job(Speaker.ESPEAK, "es", 350, seed=2000 + block),
            Job(Speaker.FLITE, "en", 110, seed=3000 + block),
        )
        for block in range(34)
    )
)


def make(folder: Path, split: str, jobs: Iterable[Job], processes: int = 2) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        utterances.save(folder, split, chain.from_iterable(pool.imap(_spoken, jobs)))


def _spoken(job: Job) -> list[Utterance]:
    random = Random(job.seed)
    match job.speaker:
        case Speaker.ESPEAK:
            return list(_spoken_by_espeak(job, random))
        case Speaker.FLITE:
            return list(_spoken_by_flite(job, random))


def _spoken_by_espeak(job: Job, random: Random) -> Iterator[Utterance]:
    variants = _HELD_OUT_VARIANTS if job.held_out else _VARIANTS
    left = job.count
    while left:
        voice = espeak.Voice(
            random.choice(_ACCENTS[job.language]) + random.choice(variants),
            words_per_minute=random.randint(125, 215),
            pitch=random.randint(22, 78),
            range=random.randint(25, 75),
        )
        utterance = espeak.utterance(_sentence(job, random), job.language, voice)
        if utterance:
            left -= 1
            yield utterance


def _spoken_by_flite(job: Job, random: Random) -> Iterator[Utterance]:
    texts = [_sentence(job, random) for _ in range(job.count)]
    voices = [
        flite.Voice(
            random.choice(flite.VOICES),
            stretch=round(random.uniform(0.8, 1.35), 3),
            shift=round(random.uniform(0.82, 1.25), 3),
        )
        for _ in texts
    ]
    return flite.utterances(texts, voices)


def _sentence(job: Job, random: Random) -> str:
    while True:
        text = grammar.sentence(random, job.language)
        if grammar.held_out(text) == job.held_out:
            return text


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    make(folder, "held-out", HELD_OUT)
    make(folder, "training", TRAINING)


if __name__ == "__main__":
    main()
