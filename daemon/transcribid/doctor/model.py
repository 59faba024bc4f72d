"""The configured model: where it is, and whether it is whole."""

from collections.abc import Iterator

from transcribid.config import Config
from transcribid.doctor import child
from transcribid.doctor.answers import Located
from transcribid.doctor.child import Death
from transcribid.doctor.finding import Finding, Level

STORE = "models"  # in the state folder
_AREA = "model"
_LIMIT = 600.0  # seconds; gigabytes are read on a slow disk


def located(config: Config) -> Located | Death:
    question = {
        "model": config.engine.model,
        "store": str(config.folders.state / STORE),
    }
    return child.ask("model", Located, question, limit=_LIMIT)


def findings(name: str, found: Located | Death) -> Iterator[Finding]:
    if isinstance(found, Death):
        yield child.explained(_AREA, f"The model {name}", found, Level.FAILURE)
        return
    if found.refusal:
        what = f"{name} cannot be used"
        yield Finding(_AREA, what, Level.FAILURE, found.refusal, found.remedy)
        return
    what = f"{name}: {found.size / 1e6:.0f} MB in {found.folder}"
    if found.compared:
        yield Finding(_AREA, what)
        return
    why = "All its files are there. Whether they are damaged cannot be told: no manifest."
    yield Finding(_AREA, what, Level.NOTE, why)
