"""What all parts of the configuration have in common."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator


class Section(BaseModel):
    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        validate_default=True,  # defaults are written as people write them: "5s"
    )

    @model_validator(mode="before")
    @classmethod
    def _all_commented_out(cls, data: object) -> object:
        return {} if data is None else data


def option(default: object, description: str, **constraints: Any) -> Any:
    return Field(default, description=description, **constraints)


def listed(value: object) -> object:
    """An empty list, where all items are commented out."""
    return () if value is None else value
