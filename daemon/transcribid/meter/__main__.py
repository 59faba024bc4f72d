"""python -m transcribid.meter COUNT: says now and then what the memory of the GPUs holds."""

import json
import sys
import time
from importlib.util import find_spec

from transcribid.engine import gpu
from transcribid.engine.orphan import die_first, die_with_parent
from transcribid.meter import INTERVAL


def main() -> None:
    """Ends at once where nobody will ever tell."""
    die_with_parent()
    die_first()
    while find_spec("pynvml"):
        told: dict[int, dict[str, int]] = {}
        for number in range(int(sys.argv[1])):
            if memory := gpu.memory(number):
                told[number] = dict(zip(("used", "total"), memory, strict=True))
        sys.stdout.write(f"{json.dumps(told)}\n")
        sys.stdout.flush()
        time.sleep(INTERVAL)


if __name__ == "__main__":
    main()
