"""YAML text to nodes, refusing what a configuration never needs."""
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

from typing import Any

import yaml

LARGEST = 64 * 1024  # bytes
_DEEPEST = 16  # levels


class BadLayer(Exception):
    """The text is not to be read further."""

    def __init__(self, line: int | None, message: str) -> None:
        super().__init__(message)
        self.line = line


def compose(content: bytes) -> yaml.Node | None:
    """The root of the one document; None: the text is empty."""
    if len(content) > LARGEST:
        raise BadLayer(None, f"larger than {LARGEST // 1024} KiB")
    text = _decoded(content)
    try:
        return yaml.compose(text, _Composer)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise BadLayer(line, _plain(error.problem or str(error))) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise BadLayer(line, "a control character; remove it") from None


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise BadLayer(line, "not UTF-8; save the file in that encoding") from None


def _plain(message: str) -> str:
    if "'\\t'" in message:
        return "a tab; YAML needs spaces"
    if message == "but found another document":
        return "a second document; only one is allowed"
    return message if message.endswith("not allowed") else f"not valid YAML: {message}"


class _Composer(yaml.SafeLoader):
    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.yaml_implicit_resolvers = {}  # yaml12.scalar() knows better
        self._depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event: Any = self.peek_event()
        if event.anchor is not None:
            raise _unwanted("anchors (&) and aliases (*) are not allowed", event)
        if event.tag is not None:
            raise _unwanted("tags (!) are not allowed", event)
        if self._depth > _DEEPEST:
            raise _unwanted(f"more than {_DEEPEST} levels are not allowed", event)
        self._depth += 1
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node


def _unwanted(message: str, event: Any) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=message, problem_mark=event.start_mark)
