"""YAML text to nodes, rejecting what a configuration never needs."""
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

from typing import Any

import yaml

MAX_SIZE = 64 * 1024  # bytes
_MAX_DEPTH = 16  # levels


class BadLayer(Exception):
    """The text is rejected as a whole."""

    def __init__(self, line: int | None, message: str) -> None:
        super().__init__(message)
        self.line = line


def compose(content: bytes) -> yaml.Node | None:
    """The root of the one document; None: the text is empty."""
    if len(content) > MAX_SIZE:
        raise BadLayer(None, f"larger than {MAX_SIZE // 1024} KiB")
    text = _decoded(content)
    try:
        return yaml.compose(text, _Composer)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise BadLayer(line, _plain_message(error.problem or str(error))) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise BadLayer(line, "a control character; remove it") from None


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise BadLayer(line, "not UTF-8; save the file in that encoding") from None


def _plain_message(message: str) -> str:
    if "'\\t'" in message:
        return "a tab; YAML needs spaces"
    if message == "but found another document":
        return "a second document; only one is allowed"
    return message if message.endswith("not allowed") else f"not valid YAML: {message}"


class _Composer(yaml.SafeLoader):
    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.yaml_implicit_resolvers = {}  # yaml12.scalar() resolves instead
        self._depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event: Any = self.peek_event()
        if event.anchor is not None:
            raise _rejected("anchors (&) and aliases (*) are not allowed", event)
        if event.tag is not None:
            raise _rejected("tags (!) are not allowed", event)
        if self._depth > _MAX_DEPTH:
            raise _rejected(f"more than {_MAX_DEPTH} levels are not allowed", event)
        self._depth += 1
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node


def _rejected(message: str, event: Any) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=message, problem_mark=event.start_mark)
