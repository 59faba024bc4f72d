"""python -m transcribid.gpu.memory_process COUNT: prints GPU memory use at intervals."""

import json
import sys
import time
from importlib.util import find_spec

from transcribid.gpu import nvml
from transcribid.gpu.meter import INTERVAL
from transcribid.process.parent_death import die_first, die_with_parent


def main() -> None:
    """Exits at once if nvidia-ml-py is not installed."""
    die_with_parent()
    die_first()
    while find_spec("pynvml"):
        reading: dict[int, dict[str, int]] = {}
        for number in range(int(sys.argv[1])):
            if memory := nvml.memory(number):
                reading[number] = dict(zip(("used", "total"), memory, strict=True))
        sys.stdout.write(f"{json.dumps(reading)}\n")
        sys.stdout.flush()
        time.sleep(INTERVAL)


if __name__ == "__main__":
    main()
