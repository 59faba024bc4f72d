"""Settings that can be changed on the page, and where each is set."""

import json
from pathlib import Path
from typing import Any, get_args

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel

from transcribid.config import Config
from transcribid.config.languages import AUTO, CODES
from transcribid.config.problem import dotted
from transcribid.config.recording import Format
from transcribid.config.saved import KEYS, NAME
from transcribid.config.sections import EngineSection
from transcribid.gpu import devices
from transcribid.models import ModelError, check, names
from transcribid.models.store import located
from transcribid.service.mailbox import Command, Verb
from transcribid.web.context import Context
from transcribid.web.models import Answer

_CHOICES: dict[str, list[str]] = {
    "engine.model": ["starter", *names.REPOSITORIES],
    "engine.device": list(get_args(EngineSection.model_fields["device"].annotation)),
    "engine.compute_type": list(
        get_args(EngineSection.model_fields["compute_type"].annotation)
    ),
    "transcription.language": [AUTO, *CODES],
    "diarization.enabled": [],
    "outputs.formats": list(get_args(Format)),
}


class Setting(BaseModel):
    key: str
    value: bool | str | list[str]
    origin: str  # the place that set it
    saved: bool  # chosen on the page
    choices: list[str]  # empty: true or false


def router(context: Context) -> APIRouter:
    api = APIRouter()

    @api.get("/settings")
    def settings() -> list[Setting]:
        config = context.config()
        dumped = config.model_dump(mode="json")
        return [_setting(config, dumped, *map(str, key)) for key in KEYS]

    @api.put("/settings")
    async def change(changes: dict[str, bool | str | list[str] | None]) -> Answer:
        """Change all of them or none; null resets one."""
        if isinstance(model := changes.get("engine.model"), str):
            _check(model, context.config().folders.state / "models")
        if changes.get("engine.device") == "cuda" and not devices.count():
            raise HTTPException(409, "engine.device: no NVIDIA GPU is visible here.")
        command = Command(Verb.SETTINGS, overrides=json.dumps(changes))
        return Answer(answer=await context.ask(command))

    return api


def _check(model: str, store: Path) -> None:
    """Raises HTTPException if the model is missing or incomplete on this machine."""
    try:
        if names.is_path(model):
            raise HTTPException(409, "engine.model: set a folder in the configuration file.")
        found = located(store, model)
        problems = check.quick(found.folder) if found else {"it": "is not on this machine"}
    except (ModelError, OSError, ValueError):
        problems = {"it": "is not on this machine"}
    if problems:
        known, why = model if model in names.REPOSITORIES else "NAME", check.in_words(problems)
        raise HTTPException(409, f"engine.model: {why}. Run: transcribid models pull {known}")


def _setting(config: Config, dumped: dict[str, Any], section: str, name: str) -> Setting:
    key, origin = dotted((section, name)), str(config.origin(section, name))
    return Setting(
        key=key,
        value=dumped[section][name],
        origin=origin,
        saved=NAME in origin,
        choices=_CHOICES[key],
    )
