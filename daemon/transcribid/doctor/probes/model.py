"""Where the model is that the engine would open, and whether it is what was fetched."""

import shlex
from pathlib import Path

from transcribid.doctor.answers import Located
from transcribid.models import UnknownModel, check, names
from transcribid.models.store import Where, located


def answer(model: str, store: str) -> Located:
    try:
        found = located(Path(store), model)
    except UnknownModel as error:
        return _refused(str(error), error.remedy)
    if found is None and names.is_path(model):
        return _refused(f"There is no model folder {model}.", "Correct engine.model.")
    if found is None:
        remedy = f"Run: transcribid models pull {shlex.quote(model)}"
        return _refused("It is not on this machine.", remedy)
    if problems := check.thorough(found.folder, lambda _: None):
        return _refused(f"In {found.folder}: {check.in_words(problems)}.", found.remedy)
    compared = found.comparable or found.where is Where.BUNDLED
    return Located(str(found.folder), found.size, compared=compared, refusal="", remedy="")


def _refused(why: str, remedy: str) -> Located:
    return Located("", 0, compared=False, refusal=why, remedy=remedy)
