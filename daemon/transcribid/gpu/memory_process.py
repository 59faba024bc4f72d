"""python -m transcribid.gpu.memory_process COUNT: prints how full the GPUs are now and then."""

import json
import sys
import time
from importlib.util import find_spec

from transcribid.gpu import nvml
from transcribid.gpu.meter import INTERVAL
from transcribid.process.parent_death import die_first, die_with_parent


def main() -> None:
    """Ends at once where nobody will ever tell."""
    die_with_parent()
    die_first()
    while find_spec("pynvml"):
        told: dict[int, dict[str, int]] = {}
        for number in range(int(sys.argv[1])):
            if memory := nvml.memory(number):
                told[number] = dict(zip(("used", "total"), memory, strict=True))
        sys.stdout.write(f"{json.dumps(told)}\n")
        sys.stdout.flush()
        time.sleep(INTERVAL)


if __name__ == "__main__":
    main()
