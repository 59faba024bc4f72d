"""The documents say what the code does."""

import ast
import inspect
import re
from pathlib import Path
from typing import get_args

import pytest

from transcribid.cli import COMMANDS
from transcribid.cli.lazy import load
from transcribid.config import Config
from transcribid.config.keys import leaves
from transcribid.config.recording import Format
from transcribid.domain.job import FailureKind, State
from transcribid.outputs import FORMATS

ROOT = Path(__file__).parents[2]
PAGES = {
    path.relative_to(ROOT).as_posix(): path.read_text()
    for path in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
}
OPTIONS = PAGES["docs/configuration.md"]
ARCHITECTURE = (ROOT / "ARCHITECTURE.md").read_text()
PACKAGE = ROOT / "daemon" / "transcribid"


@pytest.mark.parametrize("key", [".".join(key) for key, _ in leaves(Config)])
def test_every_option_is_in_the_documentation(key: str) -> None:
    assert f"| `{key}` |" in OPTIONS


@pytest.mark.parametrize("page", [*PAGES, "ARCHITECTURE.md"])
def test_every_link_leads_somewhere(page: str) -> None:
    text = (ROOT / page).read_text()
    links = re.findall(r"\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)", text)

    assert [link for link in links if not (ROOT / page).parent.joinpath(link).exists()] == []


def test_every_page_is_reached_from_the_readme() -> None:
    reached = re.findall(r"\]\((docs/[^)]+)\)", PAGES["README.md"])

    assert set(PAGES) - {"README.md"} == set(reached)


@pytest.mark.parametrize("page", PAGES)
def test_every_target_of_make_that_is_named_exists(page: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"`?make ([a-z][a-z-]+)", PAGES[page]))

    assert {each for each in named if "-" in each} <= targets


@pytest.mark.parametrize("state", State)
def test_every_state_is_in_the_table_of_files(state: State) -> None:
    assert f"\n| {state} |" in ARCHITECTURE


@pytest.mark.parametrize("kind", FailureKind)
def test_every_kind_of_failure_has_its_blame(kind: FailureKind) -> None:
    assert f"`{kind}`" in ARCHITECTURE


@pytest.mark.parametrize("module", sorted(path.name for path in PACKAGE.iterdir()))
def test_every_module_is_on_the_code_map(module: str) -> None:
    if not module.startswith("__") and module != "py.typed":
        assert f"├── {module}" in ARCHITECTURE or f"└── {module}/" in ARCHITECTURE


def test_every_command_is_in_the_documentation() -> None:
    everything = "\n".join(PAGES.values())

    assert [
        name for name in COMMANDS if not re.search(rf"transcribid .*\b{name}\b", everything)
    ] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_listed_as_it_describes_itself(name: str) -> None:
    command = load(name, COMMANDS[name])

    assert inspect.cleandoc(command.help).splitlines()[0] == COMMANDS[name].summary
    assert (command.epilog or "").endswith(COMMANDS[name].example)


def test_every_module_says_in_one_sentence_what_it_is() -> None:
    silent = [
        path.name
        for path in PACKAGE.rglob("*.py")
        if not ast.get_docstring(ast.parse(path.read_text()))
    ]

    assert silent == []


def test_every_format_can_be_configured() -> None:
    assert get_args(Format) == tuple(FORMATS)


def test_pinned_versions_carry_no_address() -> None:
    assert "/" not in (ROOT / "constraints.txt").read_text()
