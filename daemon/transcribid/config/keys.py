"""The keys that the models define."""

from collections.abc import Iterable, Iterator
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from transcribid.config.problem import Key

Model = type[BaseModel]
Leaf = tuple[tuple[str, ...], FieldInfo]


def leaves(model: Model, above: tuple[str, ...] = ()) -> Iterator[Leaf]:
    """The keys that hold a value rather than a section."""
    for name, field in model.model_fields.items():
        section = _model((field.annotation,))
        if section:
            yield from leaves(section, (*above, name))
        else:
            yield (*above, name), field


def section(model: Model, key: Key) -> Model:
    """The model with the keys directly below this one; list indexes are skipped."""
    for name in key:
        if isinstance(name, str):
            annotation = model.model_fields[name].annotation
            model = _model((annotation, *get_args(annotation))) or model
    return model


def _model(annotations: Iterable[Any]) -> Model | None:
    models = (each for each in annotations if isinstance(each, type))
    return next((each for each in models if issubclass(each, BaseModel)), None)
