"""What a test measured, printed below the results of the run."""

from collections.abc import Callable

Tell = Callable[[str], None]
