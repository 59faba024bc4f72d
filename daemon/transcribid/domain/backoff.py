"""How long to wait before the next attempt."""

from math import inf

_MOST_DOUBLINGS = 10


def backoff(failures: int, first: float, longest: float = inf) -> float:
    """Seconds to wait after `failures` in a row: `first`, then twice as long each time.

    >>> [backoff(failures, 5.0, 60.0) for failures in (1, 2, 3, 4, 5, 500)]
    [5.0, 10.0, 20.0, 40.0, 60.0, 60.0]
    """
    return min(longest, first * 2.0 ** min(max(0, failures - 1), _MOST_DOUBLINGS))
