"""A real browser, and all that it asked for and complained about."""

import os
import shutil
import socket
from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol

import pytest

from support.clips import clip

Page = Any
"""Of Playwright, which a machine that only checks types need not have."""

_CHROMIUMS = ("chromium", "chromium-browser", "google-chrome")
_CONTROLS = (
    *("button", "link", "textbox", "combobox", "listbox", "checkbox", "slider", "dialog"),
    *("progressbar", "progressIndicator", "Audio", "heading", "DisclosureTriangle", "image"),
)
_PATIENCE = 60_000  # milliseconds; the machine may be busy
_NOT_ITS_OWN = "Failed to load resource"  # the status of an answer, not a fault of the page


class Open(Protocol):
    """Opens the page, once it knows how the daemon is."""

    def __call__(self, **looks: object) -> AbstractContextManager[Page]: ...


class Browser:
    """Each page is of a visitor that was never here before."""

    def __init__(self, chromium: Any) -> None:
        self._chromium = chromium

    @contextmanager
    def page(self, address: str, **looks: object) -> Generator[Page]:
        """Leaving it fails where the page asked anybody else, or had an error."""
        context = self._chromium.new_context(locale="en-GB", **looks)
        context.set_default_timeout(_PATIENCE)
        page, asked, wrong = context.new_page(), list[str](), list[str]()

        def asks(request: Any) -> None:
            asked.append(request.url)

        def fails(error: object) -> None:
            wrong.append(str(error))

        def interrupts(dialog: Any) -> None:
            wrong.append(f"dialog: {dialog.message}")

        def complains(message: Any) -> None:
            if message.type == "error" and not message.text.startswith(_NOT_ITS_OWN):
                wrong.append(message.text)

        context.on("request", asks)
        page.on("console", complains)
        page.on("pageerror", fails)
        page.on("dialog", interrupts)
        try:
            page.goto(address)
            yield page
        finally:
            context.close()
        assert wrong == []
        own = (address, f"blob:{address}")
        assert [url for url in asked if not url.startswith(own)] == []


@contextmanager
def browser() -> Generator[Browser]:
    """Skips the test where there is none."""
    playwright: Any = pytest.importorskip("playwright.sync_api", reason="no playwright")
    program = next(filter(None, map(shutil.which, _CHROMIUMS)), None)
    if program is None:
        pytest.skip("no Chromium is installed")
    rootless = ["--no-sandbox"] if os.geteuid() == 0 else []  # its sandbox refuses root
    with playwright.sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=program, args=rootless)
        try:
            yield Browser(chromium)
        finally:
            chromium.close()


def upload(page: Page, name: str, content: bytes | None = None) -> None:
    recording = {"name": name, "mimeType": "audio/wav", "buffer": content or clip()}
    page.set_input_files("#files", [recording])


def finished(page: Page, name: str) -> Page:
    """The link to its transcript, once that is there."""
    link = page.locator("#done").get_by_role("link", name=name, exact=True)
    link.wait_for()
    return link


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def nameless(page: Page) -> list[str]:
    """Controls that a screen reader has no name for, as the browser tells one."""
    session = page.context.new_cdp_session(page)
    nodes: list[dict[str, Any]] = session.send("Accessibility.getFullAXTree")["nodes"]
    return [
        str(node["role"]["value"])
        for node in nodes
        if not node["ignored"]
        and node["role"]["value"] in _CONTROLS
        and not node.get("name", {}).get("value", "").strip()
    ]
