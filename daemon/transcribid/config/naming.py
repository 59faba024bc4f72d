"""The template for the names of outputs."""

from string import Formatter

PLACEHOLDERS = ("stem", "lang", "format")


def usable_naming(template: str) -> str:
    """Returns the template if it gives each output a distinct name. Raises ValueError."""
    try:
        fields = [part[1:] for part in Formatter().parse(template) if part[1] is not None]
    except ValueError:
        raise ValueError("unbalanced brace") from None
    for name, specification, conversion in fields:
        if name not in PLACEHOLDERS or specification or conversion:
            known = ", ".join(f"{{{placeholder}}}" for placeholder in PLACEHOLDERS)
            raise ValueError(f"unknown placeholder {{{name}}}, expected one of {known}")
    if "/" in template:
        raise ValueError("expected a name without a slash")
    if "{stem}" not in template or not template.endswith(".{format}"):
        raise ValueError("expected to contain {stem} and to end with .{format}")
    return template
