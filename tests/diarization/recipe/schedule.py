"""How fast to learn: up for a moment, then slowly down."""

import math
import time
from collections.abc import Iterator

from torch.optim import Optimizer

_REPORT = 20.0  # seconds


def steps(optimizer: Optimizer, seconds: float, rate: float) -> Iterator[int]:
    """The numbers of the steps for which there is time."""
    begun = reported = time.monotonic()
    step = 0
    while (passed := time.monotonic() - begun) < seconds:
        progress = passed / seconds
        factor = min(1.0, (step + 1) / 30) * (0.5 + 0.5 * math.cos(math.pi * progress))
        for group in optimizer.param_groups:
            group["lr"] = rate * factor
        yield step
        step += 1
        if time.monotonic() - reported > _REPORT:
            reported = time.monotonic()
            print(f"{passed:6.0f} s  step {step}", flush=True)
