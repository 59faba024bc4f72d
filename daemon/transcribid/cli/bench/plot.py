# pyright: reportUnknownMemberType=false
"""A chart of engine speeds, drawn with matplotlib if it is installed."""

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

MISSING = "Charts need matplotlib: python -m pip install 'transcribid[plot]'"
SUFFIXES = (".svg", ".png", ".pdf")


def can_draw() -> bool:
    return find_spec("matplotlib") is not None


def draw(path: Path, speeds: Mapping[str, float], title: str) -> None:
    """A bar for each entry, the first at the top, with its value."""
    from matplotlib.figure import Figure  # slow to import, and optional

    figure = Figure(figsize=(8, 1.2 + 0.45 * len(speeds)), layout="constrained")
    axes = figure.subplots()
    bars = axes.barh(list(speeds), list(speeds.values()), color="#4878a8")
    axes.bar_label(bars, fmt="%.1f", padding=4)
    axes.invert_yaxis()
    axes.margins(x=0.12)
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_xlabel("seconds of audio transcribed per second (higher is better)")
    axes.set_title(title, loc="left")
    figure.savefig(path)
