"""Measures a model through faster-whisper and prints what it found as tables.

Run: python -m recipe.evaluate MODEL [--data DATA]
"""

import argparse
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from faster_whisper import BatchedInferencePipeline, WhisperModel

from recipe import utterances
from recipe.grammar import LANGUAGES, plain
from recipe.scenes import Director, Scene
from recipe.utterances import Samples, Word
from transcribid import starter

_RATIOS = (None, 30.0, 20.0)  # decibels between voice and noise


@dataclass(frozen=True, slots=True)
class Mode:
    name: str
    options: Mapping[str, Any]
    batched: bool = False


_OURS = {"vad_filter": True, "condition_on_previous_text": False}
MODES = (
    Mode("default", {}),
    Mode("vad, condition_on_previous_text=False", _OURS),
    Mode("the same, word_timestamps", {**_OURS, "word_timestamps": True}),
    Mode("batched", {}, batched=True),
    Mode("batched, without_timestamps=False", {"without_timestamps": False}, batched=True),
)


@dataclass(frozen=True, slots=True)
class Heard:
    language: str
    text: str
    words: tuple[Word, ...]


class Listener:
    def __init__(self, model: Path) -> None:
        self._model = WhisperModel(str(model), device="cpu", compute_type="int8")
        self._batched = BatchedInferencePipeline(self._model)

    def hear(self, audio: str | Samples, mode: Mode) -> Heard:
        model = self._batched if mode.batched else self._model
        found, about = model.transcribe(audio, **mode.options)
        segments = list(found)
        words = (word for segment in segments for word in segment.words or ())
        return Heard(
            about.language,
            "".join(segment.text for segment in segments),
            tuple(Word(word.word.strip(), word.start, word.end) for word in words),
        )


def recordings(listener: Listener) -> Iterator[str]:
    """Word errors in the recordings of the package."""
    yield from _head("recording", *(mode.name for mode in MODES))
    for recording in starter.recordings():
        said = len(starter.words(recording.reference))
        heard = (listener.hear(str(recording.path), mode).text for mode in MODES)
        errors = (starter.word_errors(recording.reference, text) for text in heard)
        yield _row(recording.path.name, *(f"{number}/{said}" for number in errors))


def scenes(listener: Listener, data: Path) -> Iterator[str]:
    """Sentences and voices that were held out, alone and in recordings of a minute or two."""
    director, random = Director(utterances.load(data, "held-out"), seed=5), Random(5)
    yield from _head("recordings", "mode", "word errors", "language", "word times")
    for language in LANGUAGES:
        short = [
            director.sentences(language, 1, ratio=random.choice(_RATIOS)) for _ in range(50)
        ]
        long = [
            director.seconds(language, seconds, ratio=random.choice(_RATIOS))
            for seconds in (45, 75, 75, 115, 115)
        ]
        for name, found in (("one sentence", short), ("many sentences", long)):
            for mode in MODES:
                yield _row(f"{name}, {language}", mode.name, *_measured(listener, found, mode))


def _measured(listener: Listener, scenes: list[Scene], mode: Mode) -> Iterator[str]:
    pairs = [(scene, listener.hear(scene.audio, mode)) for scene in scenes]
    errors = sum(starter.word_errors(scene.text, heard.text) for scene, heard in pairs)
    said = sum(len(starter.words(scene.text)) for scene in scenes)
    recognised = sum(scene.language == heard.language for scene, heard in pairs)
    yield f"{errors / said:.1%}"
    yield f"{recognised / len(pairs):.0%}"
    distances = [distance for scene, heard in pairs for distance in _distances(scene, heard)]
    yield f"{1000 * np.mean(distances):.0f} ms" if distances else ""


def _distances(scene: Scene, heard: Heard) -> Iterator[float]:
    """Seconds by which words that were recognised start or end too early or too late."""
    said = [word for sentence in scene.sentences for word in sentence.words]
    matcher = SequenceMatcher(None, _plain(said), _plain(heard.words), autojunk=False)
    for first, second, length in matcher.get_matching_blocks():
        for number in range(length):
            wanted, found = said[first + number], heard.words[second + number]
            yield abs(wanted.start - found.start)
            yield abs(wanted.end - found.end)


def _plain(words: Iterable[Word]) -> list[str]:
    return [plain(word.text) for word in words]


def _head(*names: str) -> tuple[str, str]:
    return _row(*names), "|" + "---|" * len(names)


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("--data", type=Path, help="also measure with its held-out sentences")
    chosen = parser.parse_args()
    listener = Listener(chosen.model)
    for line in recordings(listener):
        print(line, flush=True)
    if chosen.data:
        print()
        for line in scenes(listener, chosen.data):
            print(line, flush=True)


if __name__ == "__main__":
    main()
