"""The base of all configuration sections."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator


class Section(BaseModel):
    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        validate_default=True,  # defaults are written as in the file: "5s"
    )

    @model_validator(mode="before")
    @classmethod
    def _empty_if_null(cls, data: object) -> object:
        return {} if data is None else data


def option(default: object, description: str, **constraints: Any) -> Any:
    return Field(default, description=description, **constraints)


def empty_if_null(value: object) -> object:
    """An empty list if all items are commented out."""
    return () if value is None else value
