"""How well a pipeline diarizes the package's recording, and voices it never learned from.

Run: PYTHONPATH=daemon:tests python -P -m diarization.recipe.measure PIPELINE DATA
"""

import argparse
import itertools
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import torch
from pyannote.audio import Pipeline
from pyannote.core import Annotation, Segment
from pyannote.metrics.diarization import DiarizationErrorRate

from diarization.recipe import mixtures, reference, voices
from diarization.recipe.mixtures import Mixture
from recipe.utterances import RATE, Samples

_COUNT, _SECONDS = 15, 60.0  # recordings of each number of voices


@dataclass(frozen=True, slots=True)
class Found:
    truth: Annotation
    answer: Any  # of pyannote: DiarizeOutput
    seconds: float  # it took


def diarized(pipeline: Pipeline, mixture: Mixture, **known: int) -> Found:
    begun = time.monotonic()
    waveform = torch.from_numpy(mixture.audio.astype(np.float32) / 32768)[None]
    answer = pipeline({"waveform": waveform, "sample_rate": RATE}, **known)
    return Found(annotated(mixture), answer, time.monotonic() - begun)


def annotated(mixture: Mixture) -> Annotation:
    annotation = Annotation()
    for number, turn in enumerate(mixture.turns):
        annotation[Segment(turn.start, turn.end), number] = turn.voice
    return annotation.support()


def error(found: Iterable[Found], collar: float) -> float:
    """Wrong seconds for 100 spoken, not counting `collar` before and after each change."""
    rate = DiarizationErrorRate(collar=2 * collar)  # pyannote's is both together
    for each in found:
        rate(each.truth, each.answer.speaker_diarization)
    return 100 * abs(rate)


def held_out(data: Path, people: int) -> Iterator[Mixture]:
    """Of voices and sentences that were not in training."""
    spoken, random = voices.load(data, "held-out"), Random(77)
    while True:
        mixture = mixtures.mixture(spoken, people, _SECONDS, random)
        if len(mixture.voices) == people:
            yield mixture


def similarities(found: Iterable[Found]) -> tuple[list[float], list[float]]:
    """Between voices in different recordings: the same voice, and two."""
    same: list[float] = []
    different: list[float] = []
    for first, second in itertools.combinations(map(_named, found), 2):
        for (one, mine), (other, theirs) in itertools.product(first.items(), second.items()):
            (same if one == other else different).append(_cosine(mine, theirs))
    return same, different


def _named(found: Found) -> dict[str, Samples]:
    """Embeddings; pyannote gives zeros for a voice that speaks too briefly."""
    hypothesis = found.answer.speaker_diarization
    names = DiarizationErrorRate().optimal_mapping(found.truth, hypothesis)
    rows = zip(hypothesis.labels(), found.answer.speaker_embeddings, strict=True)
    return {names[label]: row for label, row in rows if label in names and row.any()}


def _cosine(first: Samples, second: Samples) -> float:
    return float(first @ second / np.linalg.norm(first) / np.linalg.norm(second))


def report(pipeline: Pipeline, data: Path) -> None:
    for known in ({}, {"num_speakers": 2}):
        _line(reference.NAME, known, [diarized(pipeline, reference.recording(), **known)])
    for people in (1, 2, 3):
        mixed = list(itertools.islice(held_out(data, people), _COUNT))
        for known in ({}, {"num_speakers": people}):
            found = [diarized(pipeline, each, **known) for each in mixed]
            _line(f"held out, {people}", known, found)
        if people == 2:
            _print_similarities(found)
    speed = _COUNT * _SECONDS / sum(each.seconds for each in found)
    print(f"{speed:.0f} times real time on one core")


def _line(name: str, known: dict[str, int], found: Sequence[Found]) -> None:
    counts = [np.any(each.answer.speaker_embeddings, axis=1).sum() for each in found]
    right = sum(
        count == len(each.truth.labels()) for count, each in zip(counts, found, strict=True)
    )
    how = "number known" if known else "unknown"
    errors = f"error {error(found, 0.0):5.1f} {error(found, 0.25):5.1f}"
    print(f"{name:16} {how:13} {errors}  right number {right}/{len(found)}", flush=True)


def _print_similarities(found: Iterable[Found]) -> None:
    for name, values in zip(("same voice", "different"), similarities(found), strict=True):
        low, middle, high = np.quantile(values, (0.05, 0.5, 0.95))
        print(f"{name:10} cosine {middle:.2f}, 5 % below {low:.2f}, 5 % above {high:.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("pipeline", type=Path)
    parser.add_argument("data", type=Path)
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    pipeline = Pipeline.from_pretrained(chosen.pipeline)
    assert pipeline is not None
    report(pipeline, chosen.data)


if __name__ == "__main__":
    main()
