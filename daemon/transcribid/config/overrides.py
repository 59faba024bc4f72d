"""Options requested for one recording."""

from collections.abc import Collection


def diarization_options(
    *,
    enabled: bool | None,
    num_speakers: int | None = None,
    min_speakers: int | None = None,
    max_speakers: int | None = None,
) -> dict[str, object]:
    """Options of `diarization`; a number of speakers implies `enabled`."""
    counted = any(number is not None for number in (num_speakers, min_speakers, max_speakers))
    options = {
        "enabled": True if enabled is None and counted else enabled,
        "num_speakers": num_speakers,
        "min_speakers": min_speakers,
        "max_speakers": max_speakers,
    }
    return {name: value for name, value in options.items() if value is not None}


def superseded(options: Collection[str]) -> Collection[str]:
    """The less specific numbers of speakers that these options replace."""
    if "num_speakers" in options:
        return ("min_speakers", "max_speakers")
    return ("num_speakers",) if {"min_speakers", "max_speakers"} & set(options) else ()
