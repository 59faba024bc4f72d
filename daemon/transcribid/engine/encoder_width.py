"""How many frames a window is padded to for the encoder.

Whisper was trained on 3,000 frames, 30 seconds. Most windows are shorter, and the silent
padding costs as much as speech; the cost grows faster than the width. Models measured here make
no more errors when most of the padding is left out (docs/measured.md); others get all of it. A
window's width follows from its own length alone, so its text depends on no other window. With
little padding the model is less certain of silence and of the language. So a window in
which neither words nor silence are certain is decoded again with full padding, and one whose
language is open and uncertain gets it from the start (`decoding.py`).
"""

_FULL = 3000  # frames
_WIDTHS = (1500, 2000, 2500, _FULL)
_SILENCE = 256  # frames of padding after the audio, at least

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
