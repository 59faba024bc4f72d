"""Whether libraries can be imported."""

from importlib import import_module

from transcribid.doctor.answers import Imported


def answer(modules: list[str]) -> Imported:
    refusals = {name: _refusal(name) for name in modules}
    return Imported({name: refusal for name, refusal in refusals.items() if refusal})


def _refusal(name: str) -> str:
    try:
        import_module(name)
    except Exception as error:  # noqa: BLE001 - whatever an import raises becomes a value
        return f"{type(error).__name__}: {error}"
    return ""
