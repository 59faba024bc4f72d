"""Who may see the page, and what it says when nobody answers."""

from collections.abc import Iterator

import httpx
import pytest

from support.browser import Browser, free_port
from support.daemon import House, wait_until

pytestmark = pytest.mark.page

TOKEN = 'a "long" secret; of ours'


@pytest.fixture(scope="module")
def port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory, port: int) -> Iterator[House]:
    web = {"port": port, "token": TOKEN}
    with House(tmp_path_factory.mktemp("locked"), web=web) as house:
        house.start()
        wait_until(lambda: _answers(port), 60.0, "it answers")
        yield house


def _answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/healthz").is_success
    except httpx.TransportError:
        return False


@pytest.mark.usefixtures("locked")
def test_the_token_opens_the_page(chromium: Browser, port: int) -> None:
    with chromium.page(f"http://127.0.0.1:{port}") as page:
        page.get_by_label("Token").fill("a guess")
        page.get_by_role("button", name="Sign in").click()
        page.get_by_text("Wrong token").wait_for()

        page.get_by_label("Token").fill(TOKEN)
        page.keyboard.press("Enter")

        page.get_by_label("Model").wait_for()
        assert not page.locator("#login").is_visible()
        cookies = page.context.cookies()
        assert [each["name"][:12] for each in cookies] == ["transcribid-"]
        assert cookies[0]["httpOnly"]
        assert cookies[0]["sameSite"] == "Strict"
        page.reload()
        page.get_by_label("Model").wait_for()


def test_a_daemon_that_went_away_is_missed_until_it_is_back(
    chromium: Browser, locked: House, port: int
) -> None:
    with chromium.page(f"http://127.0.0.1:{port}") as page:
        page.get_by_label("Token").fill(TOKEN)
        page.keyboard.press("Enter")
        page.get_by_label("Model").wait_for()

        locked.kill()

        page.get_by_text("The daemon does not answer. Last seen at").wait_for()
        assert page.locator("#word").inner_text() == "away"
        locked.start()
        page.locator("#away").wait_for(state="hidden")
        page.locator("#word:not([data-state=away])").wait_for()


@pytest.mark.usefixtures("locked")
def test_without_the_token_there_is_the_page_and_nothing_in_it(port: int) -> None:
    address = f"http://127.0.0.1:{port}"

    assert httpx.get(f"{address}/").headers["content-type"] == "text/html; charset=utf-8"
    assert httpx.get(f"{address}/page/script.js").is_success
    for secret in ("/status", "/jobs", "/jobs/1/audio", "/settings", "/events"):
        assert httpx.get(f"{address}{secret}").status_code == 401
    for elsewhere in ("/page/..%2f..%2fapp.py", "/page/app.py", "/page/%2e%2e/app.py"):
        assert httpx.get(f"{address}{elsewhere}").status_code in (401, 404)
