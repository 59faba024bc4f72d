"""The demo with real weights and people who speak: `make demo MODEL=base`, or tiny.en."""

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from real import voices
from real.download import Unavailable
from real.weights import Model, weights
from transcribid.__main__ import main as transcribid

_SETS = ("jfk", "sonnet", "en_2min", "es_2min")
_UNAVAILABLE = 69  # sysexits.h


def main() -> int:
    if sys.argv[1] not in list(Model):
        print(f"There is no {sys.argv[1]} here, only {' and '.join(Model)}.", file=sys.stderr)
        return 2
    model = Model(sys.argv[1])
    with tempfile.TemporaryDirectory(prefix="transcribid-voices-") as home:
        try:
            folder = weights(model)
        except Unavailable as absent:
            print(f"{model} cannot be had: {absent}", file=sys.stderr)
            return _UNAVAILABLE
        _collect(Path(home), english_only=model is Model.TINY_EN)
        sys.argv[1:] = ["demo", "--model", str(folder), "--recordings", home]
        transcribid()
    return 0


def _collect(folder: Path, *, english_only: bool) -> None:
    """Recordings and their texts; what cannot be had is said and left out."""
    for name in _SETS:
        if english_only and name.startswith("es"):
            continue
        try:
            recordings = voices.build(name, folder / name).recordings
        except Unavailable as absent:
            print(f"{name} is left out: {absent}", file=sys.stderr)
            continue
        for recording in recordings:
            placed = recording.path.rename(folder / recording.path.name)
            placed.with_suffix(".txt").write_text(recording.text)


if __name__ == "__main__":
    raise SystemExit(main())
