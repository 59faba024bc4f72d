"""Locates the model that would be opened, and compares it with its manifest."""

import shlex
from pathlib import Path

from transcribid.doctor.answers import Located
from transcribid.models import UnknownModel, check, kinds, names
from transcribid.models.store import Where, located


def answer(model: str, store: str, kind: str, key: str) -> Located:
    """`kind` is the expected kind, `key` the option that names the model."""
    if names.is_path(model) and not names.as_path(model).is_dir():
        return _refused(f"There is no model folder {model}.", f"Fix {key}.")
    try:
        found = located(Path(store), model)
    except UnknownModel as error:
        return _refused(str(error), error.remedy)
    if found is None:
        remedy = f"Run: transcribid models pull {shlex.quote(model)}"
        return _refused("It is not on this machine.", remedy)
    wanted = next(each for each in kinds.ALL if each.name == kind)
    if (other := check.kind_of(found.folder, wanted)) is not wanted:
        return _refused(f"{found.folder} contains {other.article}.", f"Fix {key}.")
    if problems := check.thorough(found.folder, lambda _: None, wanted):
        return _refused(f"In {found.folder}: {check.in_words(problems)}.", found.remedy)
    compared = found.comparable or found.where is Where.BUNDLED
    return Located(str(found.folder), found.size, compared=compared, refusal="", remedy="")


def _refused(why: str, remedy: str) -> Located:
    return Located("", 0, compared=False, refusal=why, remedy=remedy)
