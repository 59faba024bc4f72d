"""How many frames the encoder sees of a window.

Whisper was trained on 3,000 frames, 30 seconds, and most windows are shorter: the rest is
silence that costs as much as speech, for the cost grows faster than the width. Models that were
measured here make no more errors when most of that silence is left out (docs/measured.md);
others get it all. A window's width follows from its own length alone, so its text depends on no
other window. With little silence the model is less sure that nobody speaks, and in which
language somebody does. So a window of which it is sure of neither words nor silence is decoded
once more with all of it, and one whose language is open and not certain gets it from the start
(`decoding.py`).
"""

_FULL = 3000  # frames
_WIDTHS = (1500, 2000, 2500, _FULL)
_SILENCE = 256  # frames behind the sound, at least

MEASURED = frozenset(  # SHA-256 of the weights
    {
        "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9",  # base
    }
)


def trims(encoder: str, digest: str) -> bool:
    """`encoder`: as configured, auto or full."""
    return encoder == "auto" and digest in MEASURED


def width(frames: int, *, trimmed: bool) -> int:
    """
    >>> [width(frames, trimmed=True) for frames in (0, 1244, 1245, 2744, 3000)]
    [1500, 1500, 2000, 3000, 3000]
    >>> width(10, trimmed=False)
    3000
    """
    if not trimmed:
        return _FULL
    return next((each for each in _WIDTHS if each >= frames + _SILENCE), _FULL)
