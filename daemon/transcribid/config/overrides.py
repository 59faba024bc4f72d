"""What is asked for one recording: the options that this sets."""

from collections.abc import Collection


def of_speakers(
    *,
    enabled: bool | None,
    num_speakers: int | None = None,
    min_speakers: int | None = None,
    max_speakers: int | None = None,
) -> dict[str, object]:
    """Of `diarization`; whoever tells how many speak wants to know who said what."""
    counted = any(number is not None for number in (num_speakers, min_speakers, max_speakers))
    told = {
        "enabled": True if enabled is None and counted else enabled,
        "num_speakers": num_speakers,
        "min_speakers": min_speakers,
        "max_speakers": max_speakers,
    }
    return {name: value for name, value in told.items() if value is not None}


def outdone(told: Collection[str]) -> Collection[str]:
    """Which numbers from farther away these replace: an exact one says it all."""
    if "num_speakers" in told:
        return ("min_speakers", "max_speakers")
    return ("num_speakers",) if {"min_speakers", "max_speakers"} & set(told) else ()
