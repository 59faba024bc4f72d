"""Figures as tables, a row for each program."""

from collections.abc import Iterator, Mapping

from rich.table import Table

from real.figures import Figures, flagged
from real.programs import Languages, Program, Setup
from real.recordings import VoiceSet

Compared = Mapping[Program, Figures]

_COLUMNS = ("program", "words wrong", "S / I / missing")
_PROMPTED = ("astray", "in silence")
_JUDGED = ("bad flagged", "right flagged", "languages")


def table(voices: VoiceSet, setup: Setup, compared: Compared) -> Table:
    title = f"{voices.name}, {setup.model}, language {setup.languages}: {_amount(voices)}"
    said = next(iter(compared.values())).said
    table = Table(title=f"{title}, {said} words")
    for column in (*_COLUMNS, *_extra(voices, setup), "CPU-s", "wall s"):
        table.add_column(column, no_wrap=True)
    for program, figures in compared.items():
        table.add_row(program, *_cells(voices, setup, figures))
    return table


def _amount(voices: VoiceSet) -> str:
    seconds = sum(recording.seconds for recording in voices.recordings)
    return f"{len(voices.recordings)} recordings, {seconds / 60:.1f} min"


def _extra(voices: VoiceSet, setup: Setup) -> tuple[str, ...]:
    timed = _PROMPTED if _has_prompts(voices) else ()
    return (*timed, *_JUDGED[: 3 if setup.languages is Languages.AUTO else 2])


def _cells(voices: VoiceSet, setup: Setup, figures: Figures) -> Iterator[str]:
    yield f"{figures.wrong / figures.said:.1%}" if figures.said else str(figures.wrong)
    yield f"{figures.substituted} / {figures.inserted} / {figures.missing}"
    if _has_prompts(voices):
        yield str(figures.astray)
        yield str(figures.in_silence)
    judged = any(score.heard.verdict for score in figures.scores)
    for scores in (figures.bad, figures.right):
        yield f"{flagged(scores)} of {len(scores)}" if judged else f"- of {len(scores)}"
    if setup.languages is Languages.AUTO:
        yield f"{figures.languages_right} of {figures.languages}"
    yield f"{figures.cost.processor_seconds:.1f}"
    yield f"{figures.cost.seconds:.1f}"


def _has_prompts(voices: VoiceSet) -> bool:
    return any(recording.prompts for recording in voices.recordings)
