"""Who speaks when in the recording of two that comes with the package.

A woman by Flite and a man by espeak, in turn: the recording's times tell each sentence's voice.
Run: PYTHONPATH=daemon:tests python -P -m diarization.recipe.reference RTTM
"""

import argparse
import json
import subprocess
from pathlib import Path

import numpy as np

from diarization.recipe.mixtures import Mixture, Turn
from transcribid import starter

NAME = "en-two-speakers"


def recording() -> Mixture:
    file = starter.RECORDINGS / f"{NAME}.flac"
    decode = ["ffmpeg", "-v", "error", "-i", file, "-f", "s16le", "-"]  # it has our rate
    sound = subprocess.run(decode, capture_output=True, check=True).stdout
    return Mixture(np.frombuffer(sound, np.int16), turns())


def turns() -> tuple[Turn, ...]:
    """One for each sentence, from its first word to its last."""
    text = (starter.RECORDINGS / f"{NAME}.words.json").read_text(encoding="utf-8")
    return tuple(
        Turn(sentence["voice"].split()[0], sentence["start"], sentence["end"])
        for sentence in json.loads(text)
    )


def rttm() -> str:
    return "".join(
        f"SPEAKER {NAME} 1 {turn.start:.3f} {turn.end - turn.start:.3f}"
        f" <NA> <NA> {turn.voice} <NA> <NA>\n"
        for turn in turns()
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("rttm", type=Path)
    parser.parse_args().rttm.write_text(rttm(), encoding="utf-8")


if __name__ == "__main__":
    main()
