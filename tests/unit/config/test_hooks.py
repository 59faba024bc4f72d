from collections.abc import Callable

import pytest

from transcribid.config import Config, load, targets

Report = Callable[..., list[str]]


def test_a_command_may_be_text_or_words() -> None:
    text = Config.model_validate({"hooks": {"command": "notify 'a b'"}})
    words = Config.model_validate({"hooks": {"command": ["notify", "a b"]}})

    assert text.hooks.command == words.hooks.command == ("notify", "a b")


def test_hooks_may_come_from_the_environment() -> None:
    told = {
        "TRANSCRIBID_HOOKS__COMMAND": "notify 'a b'",
        "TRANSCRIBID_HOOKS__ON": "done, paused",
    }

    hooks = load(None, environment=told).hooks
    assert hooks.command == ("notify", "a b")
    assert hooks.on == ("done", "paused")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("hooks: {on: [dine]}", "hooks.on[0]: unknown on 'dine', expected one of done, review, "
         "quarantined, paused, broken; did you mean 'done'?"),
        ("hooks: {command: \"a 'b\"}", "hooks.command: cannot be parsed: No closing "
         "quotation"),
        ("hooks: {command: ''}", "hooks.command: names no program; use null for none"),
        ("hooks: {command: []}", "hooks.command: names no program; use null for none"),
        ("hooks: {urls: [example.org/SECRET]}", "hooks.urls[0]: an address starts with "
         "https://, mailto:// or similar"),
        ("hooks: {urls: ['https:///SECRET']}", "hooks.urls[0]: the address has no host"),
        ("hooks: {urls: ['https://a:SECRET/']}", "hooks.urls[0]: this is not a valid address"),
        ("hooks: {timeout: 0}", "hooks.timeout: expected more than 0, found 0"),
    ],
)  # fmt: skip
def test_a_bad_hook_is_told_what_was_expected(report: Report, text: str, expected: str) -> None:
    assert report(text) == [f"transcribid.yaml:1: {expected}"]


def test_without_apprise_a_messenger_is_told_its_remedy(
    report: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(targets, "find_spec", lambda _: None)  # type: ignore[arg-type]

    (problem,) = report("hooks: {urls: ['tgram://SECRET/chat']}")
    assert "pip install 'transcribid[notify]'" in problem
    assert "SECRET" not in problem


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_an_address_that_apprise_does_not_know_is_refused(report: Report) -> None:
    (problem,) = report("hooks: {urls: ['nosuch://SECRET']}")
    assert "nosuch://" in problem
    assert "SECRET" not in problem
