"""A configured model: where it is, and whether it is complete."""

from transcribid.config import Config
from transcribid.doctor import child
from transcribid.doctor.answers import Located
from transcribid.doctor.child import Death
from transcribid.doctor.finding import Finding, Level
from transcribid.models.kinds import PIPELINE, WHISPER, ModelKind

STORE = "models"  # in the state folder
_LIMIT = 600.0  # seconds; gigabytes are read on a slow disk


def located(config: Config) -> Located | Death:
    return _ask(config, config.engine.model, WHISPER, "engine.model")


def pipeline(config: Config) -> Located | Death:
    return _ask(config, config.diarization.model, PIPELINE, "diarization.model")


def finding(
    name: str, found: Located | Death, *, area: str = "model", bad: Level = Level.FAILURE
) -> Finding:
    if isinstance(found, Death):
        return child.explained(area, f"The model {name}", found, bad)
    if found.refusal:
        return Finding(area, f"{name} cannot be used", bad, found.refusal, found.remedy)
    what = f"{name}: {found.size / 1e6:.0f} MB in {found.folder}"
    if found.compared:
        return Finding(area, what)
    why = "All its files are present but cannot be verified: there is no manifest."
    return Finding(area, what, Level.NOTE, why)


def _ask(config: Config, name: str, kind: ModelKind, key: str) -> Located | Death:
    store = str(config.folders.state / STORE)
    question = {"model": name, "store": store, "kind": kind.name, "key": key}
    return child.ask("model", Located, question, limit=_LIMIT)
