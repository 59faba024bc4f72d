"""Makes the pipeline.

Run: PYTHONPATH=daemon:tests python -P -m diarization.recipe FOLDER --data DATA --seconds 900
"""

import argparse
from pathlib import Path

from diarization.recipe.making import make


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--data", type=Path, required=True, help="keeps what was spoken")
    parser.add_argument("--seconds", type=float, default=900.0, help="to train")
    chosen = parser.parse_args()
    make(chosen.folder, chosen.data, chosen.seconds)


if __name__ == "__main__":
    main()
