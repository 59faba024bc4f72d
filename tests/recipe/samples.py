"""Makes the recordings that come with the package, from what the model was never trained on.

Run: python -m recipe.samples DATA FOLDER
"""

import argparse
import json
import subprocess
from itertools import chain, repeat
from pathlib import Path
from random import Random

import numpy as np

from recipe import noise, utterances
from recipe.scenes import Director, Scene, arranged, scaled
from recipe.utterances import RATE, Samples, Utterance, mixed

_ENCODINGS = {
    ".wav": (),
    ".flac": (),
    ".mp3": ("-b:a", "64k"),
    ".m4a": ("-c:a", "aac", "-b:a", "64k"),
    ".ogg": ("-c:a", "libvorbis", "-q:a", "3"),
}


def make(data: Path, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    held_out = utterances.load(data, "held-out")
    director = Director(held_out, seed=2024)
    scenes = {
        "en-short.wav": director.sentences("en", 1),
        "en-long.flac": director.seconds("en", 75, ratio=35),
        "es-meeting.mp3": director.seconds("es", 30),
        "es-short.m4a": director.sentences("es", 4),
        "en-noisy.ogg": director.sentences("en", 5, ratio=18),
        "en-two-speakers.flac": _conversation(held_out["en"]),
        "silence.wav": _silence(),
    }
    for name, scene in scenes.items():
        _encode(scene.audio, folder / name)
        (folder / name).with_suffix(".txt").write_text(scene.text, encoding="utf-8")
        if scene.sentences:
            _write_words(scene, (folder / name).with_suffix(".words.json"))


def _conversation(held_out: list[Utterance]) -> Scene:
    """A woman by Flite and a man by espeak, in turn."""
    hers = [each for each in held_out if each.voice.startswith("flite-slt")]
    his = [each for each in held_out if each.voice.startswith(("en-us+m4", "en+m4"))]
    turns = list(chain.from_iterable(zip(hers, his, strict=False)))[:8]
    sentences = tuple(arranged(map(_even, turns), repeat(0.7)))
    return Scene("en", sentences, mixed(sentences, int((sentences[-1].end + 0.7) * RATE)))


def _even(turn: Utterance) -> Utterance:
    return scaled(turn, 0.6 / np.abs(turn.audio.astype(np.float32)).max())


def _silence() -> Scene:
    return Scene("en", (), noise.coloured(8 * RATE, 0.0, Random(2024)) * 0.0005)


def _encode(audio: Samples, path: Path) -> None:
    sound = (np.clip(audio, -1, 1) * 32767).astype("<i2").tobytes()
    source = ("-f", "s16le", "-ar", str(RATE), "-ac", "1", "-i", "-", "-map_metadata", "-1")
    command = ["ffmpeg", "-v", "error", "-y", *source, *_ENCODINGS[path.suffix], path]
    subprocess.run(command, input=sound, check=True)


def _write_words(scene: Scene, path: Path) -> None:
    """When each word is said, and by which voice."""
    sentences = [
        {
            "text": sentence.text,
            "voice": sentence.voice,
            "start": round(sentence.words[0].start, 3),
            "end": round(sentence.words[-1].end, 3),
            "words": [
                {"word": word.text, "start": round(word.start, 3), "end": round(word.end, 3)}
                for word in sentence.words
            ],
        }
        for sentence in scene.sentences
    ]
    path.write_text(json.dumps(sentences, indent=1, ensure_ascii=False), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("folder", type=Path)
    chosen = parser.parse_args()
    make(chosen.data, chosen.folder)


if __name__ == "__main__":
    main()
