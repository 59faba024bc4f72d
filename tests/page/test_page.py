"""People watch, read, listen, choose and mend on one page."""

import base64
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from support.browser import Open, Page, finished, nameless, upload
from support.clips import clip, long_clip
from support.daemon import House, wait_until

pytestmark = pytest.mark.page

DROP = """([name, content]) => {
    const carried = new DataTransfer();
    const bytes = Uint8Array.from(atob(content), (each) => each.charCodeAt(0));
    carried.items.add(new File([bytes], name));
    for (const kind of ["dragover", "drop"]) {
        document.body.dispatchEvent(new DragEvent(kind, {
            dataTransfer: carried, bubbles: true, cancelable: true,
        }));
    }
}"""


def test_a_dropped_recording_is_watched_until_it_is_done(opened: Open) -> None:
    with opened(viewport={"width": 1280, "height": 900}) as page:
        content = base64.b64encode(long_clip(minutes=18)).decode()

        page.evaluate(DROP, ["talk.wav", content])

        now = page.locator("#now > li", has_text="talk.wav")
        now.get_by_text("There are forty six people").wait_for()
        assert 0 < now.get_by_role("progressbar").evaluate("bar => bar.value") < 1
        finished(page, "talk.wav")
        page.locator("#done > li", has_text="talk.wav").get_by_text("review").wait_for()
        now.wait_for(state="detached")


def test_speed_and_time_left_are_shown_as_soon_as_they_are_known(
    opened: Open, house: House, shots: Path
) -> None:
    house.drop("hours.wav", long_clip(minutes=150))
    with opened(viewport={"width": 1280, "height": 900}) as page:
        known = re.compile(r"\d+ %.*of 2:2\d:.*real time.*left", re.DOTALL)
        page.locator("#now > li", has_text=known).wait_for()
        page.screenshot(path=shots / "wide-light.png", full_page=True)
        page.get_by_role("button", name="Cancel hours.wav").click()
        page.locator("#now > li").wait_for(state="detached")


def test_a_click_on_a_word_plays_it(opened: Open, shots: Path) -> None:
    with opened(viewport={"width": 1100, "height": 800}) as page:
        upload(page, "clicked.wav")
        finished(page, "clicked.wav").click()
        word = page.locator(".transcript .word").nth(4)
        start = float(word.get_attribute("data-at"))
        assert start > 0.5

        word.click()

        page.wait_for_selector(".transcript .spoken")
        wait_until(lambda: start < _heard(page) < start + 3, 20.0, "it plays from there")
        page.screenshot(path=shots / "transcript.png", full_page=True)
        jump = page.get_by_role("button", name="Play from 0:00").first
        jump.focus()
        page.keyboard.press("Enter")
        wait_until(lambda: _heard(page) < start, 20.0, "it plays from the start")
        assert page.get_by_role("link", name="srt").get_attribute("download") == "clicked.srt"
        page.get_by_role("link", name="All recordings").click()
        page.locator("#done").wait_for()


def _heard(page: Page) -> float:
    return float(page.evaluate("document.querySelector('audio').currentTime"))


def test_what_is_doubtful_is_marked_and_said(opened: Open) -> None:
    with opened() as page:
        upload(page, "doubtful.wav")
        finished(page, "doubtful.wav").wait_for()
        page.route("**/transcript", _with_doubts)

        finished(page, "doubtful.wav").click()

        page.get_by_text("Doubtful: repeats itself.").wait_for()
        page.get_by_text("Speech until 0:09, for which no words were found.").wait_for()
        page.get_by_text("Repeats itself at 0:00.").wait_for()
        assert page.locator(".transcript .unsure").first.get_attribute("title") == "20 % sure"
        assert "question mark" in page.locator(".legend").inner_text()


def _with_doubts(route: Any) -> None:
    answer = route.fetch()
    said = answer.json()
    said["segments"][0]["doubts"] = ["repeats"]
    said["segments"][0]["words"][1]["probability"] = 0.2
    said["unheard"] = [{"start": 7.0, "end": 9.0}]
    said["quality"] = {"verdict": "review", "reasons": ["Repeats itself at 0:00."]}
    route.fulfill(response=answer, json=said)


def test_settings_hold_for_the_next_recording_and_can_be_undone(
    opened: Open, house: House
) -> None:
    with opened() as page:
        page.get_by_label("vtt").check()
        page.locator("#settings").get_by_label("Language").select_option("en")
        page.get_by_role("button", name="Save").click()
        page.get_by_role("button", name="Undo Formats").wait_for()
        assert page.locator("#settings .chosen").count() == 2

        upload(page, "chosen.wav")
        finished(page, "chosen.wav")
        assert (house.outbox / "chosen.vtt").exists()
        told = json.loads((house.outbox / "chosen.json").read_text())
        assert told["options"]["language"] == "en"

        page.get_by_role("button", name="Undo Formats").click()
        page.get_by_role("button", name="Undo Formats").wait_for(state="detached")
        page.get_by_role("button", name="Undo Language").click()
        page.get_by_role("button", name="Undo Language").wait_for(state="detached")
        upload(page, "undone.wav")
        finished(page, "undone.wav")
        assert (house.outbox / "undone.txt").exists()
        assert not (house.outbox / "undone.vtt").exists()


def test_a_wrong_setting_is_answered_in_the_words_of_the_daemon(opened: Open) -> None:
    with opened() as page:
        page.get_by_label("Model").fill("")
        page.get_by_role("button", name="Save").click()

        page.locator("#settings-error", has_text="engine.model").wait_for()
        assert page.locator("#settings .chosen").count() == 0


def test_a_quarantined_recording_is_explained_and_retried(
    opened: Open, house: House, shots: Path
) -> None:
    with opened(viewport={"width": 1100, "height": 900}) as page:
        upload(page, "broken.wav", b"this is no recording " * 100)
        card = page.locator("#quarantine > li", has_text="broken.wav")
        card.get_by_text("It is not a recording").wait_for()
        assert card.locator(".remedy").inner_text()
        card.get_by_text("History").click()
        card.get_by_text("Admitted").wait_for()
        page.screenshot(path=shots / "quarantine.png", full_page=True)
        (house.quarantine / "broken.wav").write_bytes(clip())

        page.get_by_role("button", name="Retry broken.wav").click()

        finished(page, "broken.wav")
        card.wait_for(state="detached")


def test_what_was_removed_from_quarantine_is_dismissed(opened: Open, house: House) -> None:
    with opened() as page:
        for number in range(3):
            upload(page, f"removed-{number}.wav", b"this is no recording " * 100)
            page.locator("#quarantine > li", has_text=f"removed-{number}.wav").wait_for()
        for number in range(3):
            (house.quarantine / f"removed-{number}.wav").unlink()

        page.get_by_role("button", name="Retry removed-0.wav").click()
        page.get_by_text("removed-0.wav is no longer where it was moved.").wait_for()
        card = page.locator("#quarantine > li", has_text="removed-0.wav")
        card.get_by_text("Its file is no longer in quarantine.").wait_for()
        page.get_by_role("button", name="Dismiss removed-0.wav").click()
        card.wait_for(state="detached")
        page.get_by_role("button", name="Dismiss all missing").click()
        page.locator("#quarantine > li", has_text="removed-").first.wait_for(state="detached")


def test_an_engine_shows_what_memory_it_takes(opened: Open, shots: Path) -> None:
    with opened(viewport={"width": 1100, "height": 800}) as page:
        engine = page.locator("#engines > li")
        picture = engine.get_by_role("img", name=re.compile(r"^Memory: [\d.]+ MB now; 0 to "))
        picture.wait_for()
        assert engine.get_by_role("heading").inner_text() == "CPU"
        assert "GPU" not in engine.inner_text()
        assert re.search(r"Memory: [\d.]+ MB\s+0 to \d+ [MG]B, last ", engine.inner_text())
        assert picture.locator("path").last.get_attribute("d").startswith("M0.0,")

        page.route("**/memory", _with_a_gpu)
        page.reload()

        scale = "0 to 24 GB, all programs, last 30 s."
        name = f"GPU memory: 9 GB now; {scale} Lowest 6.5 GB, highest 12 GB."
        engine.get_by_role("img", name=name).wait_for()
        line = engine.locator(".spark").last.locator("path").last.get_attribute("d")
        assert line == "M0.0,28.0L120.0,40.8h0M360.0,35.0h0"
        page.screenshot(path=shots / "memory.png")


def _with_a_gpu(route: Any) -> None:
    answer = route.fetch()
    said = answer.json()
    told = {"resident": [1e9, 1e9, 0, 1e9], "gpu_used": [12e9, 6.5e9, None, 9e9]}
    said["engines"][0] |= told | {"gpu_total": 24e9}
    said["at"] = [1000.0, 1010.0, 1020.0, 1030.0]
    route.fulfill(response=answer, json=said)


def test_options_of_one_upload_and_of_transcribing_again(
    opened: Open, house: House, shots: Path
) -> None:
    def options() -> dict[str, Any]:
        """None are known while the set is replaced: the JSON goes first and comes last."""
        found = house.outbox / "retried.json"
        try:
            return dict(json.loads(found.read_text())["options"])
        except FileNotFoundError:
            return {"language": None}

    with opened(viewport={"width": 1100, "height": 800}) as page:
        page.get_by_text("Options for these files").click()
        drop = page.locator(".drop")
        drop.get_by_label("Language").locator("option[value=es]").wait_for(state="attached")
        drop.get_by_label("Language").select_option("es")
        page.screenshot(path=shots / "options.png")
        upload(page, "retried.wav")
        finished(page, "retried.wav").click()
        assert options()["language"] == "es"

        page.get_by_text("Re-transcribe").click()
        again = page.locator("#reader .option-fields")
        again.get_by_label("Language").locator("option[value=en]").wait_for(state="attached")
        again.get_by_label("Language").select_option("en")
        again.get_by_role("combobox", name="Speakers").select_option("yes")
        again.get_by_label("Number of speakers").fill("2")
        page.screenshot(path=shots / "again.png")
        page.get_by_role("button", name="Transcribe once more").click()

        page.get_by_text("retried.wav was requeued.").wait_for()
        wait_until(lambda: options()["language"] == "en", 60.0, "another transcript")
        assert options()["diarization"]["num_speakers"] == 2
        page.locator("#done > li", has_text="retried.wav").get_by_text("review").wait_for()
        assert page.locator("#done > li", has_text="retried.wav").count() == 1


def test_a_row_needs_no_request_of_its_own(opened: Open) -> None:
    with opened() as page:
        upload(page, "frugal.wav")
        row = page.locator("#done > li", has_text="frugal.wav")
        row.get_by_text("good").wait_for()
        asked: list[str] = []

        def note(request: Any) -> None:
            asked.append(request.url)

        page.on("request", note)
        page.reload()
        row.get_by_text("good").wait_for()

        assert any("/jobs?" in url for url in asked)
        assert not [url for url in asked if re.search(r"/jobs/\d+", url)]


@pytest.fixture
def resumed(address: str) -> Iterator[None]:
    yield
    httpx.post(f"{address}/resume")


@pytest.mark.usefixtures("resumed")
def test_nothing_begins_while_it_is_paused(opened: Open) -> None:
    with opened() as page:
        page.get_by_role("button", name="Pause").click()
        page.locator("#word[data-state=paused]").wait_for()

        upload(page, "patient.wav")

        page.locator("#queue > li", has_text="patient.wav").get_by_text("queued").wait_for()
        upload(page, "unwanted.wav")
        page.get_by_role("button", name="Cancel unwanted.wav").click()
        page.locator("#cancelled-section summary").click()
        page.get_by_role("button", name="Requeue unwanted.wav").wait_for()
        page.get_by_role("button", name="Resume").click()
        finished(page, "patient.wav")
        assert page.locator("#queue > li", has_text="unwanted.wav").count() == 0


def test_a_name_is_only_text(opened: Open) -> None:
    with opened() as page:
        name = "<img src=x onerror=alert(1)>.wav"
        upload(page, name)

        finished(page, name).click()

        page.get_by_role("heading", name=name).wait_for()
        assert page.locator("img[src=x]").count() == 0


def test_it_fits_a_phone_in_the_dark(opened: Open, house: House, shots: Path) -> None:
    phone = {"width": 320, "height": 640}
    with opened(viewport=phone, color_scheme="dark", has_touch=True) as page:
        name = f"{'a long name without any space to break it ' * 2}{'x' * 60}.wav"
        upload(page, name)
        upload(page, "no recording at all.wav", b"nothing " * 500)
        page.locator("#quarantine > li").first.wait_for()
        link = finished(page, name)
        assert _overflow(page) == 0
        page.screenshot(path=shots / "phone-dark.png", full_page=True)
        assert max(_ground(page)) < 60

        link.click()
        page.locator(".transcript .word").first.wait_for()

        assert _overflow(page) == 0
        page.screenshot(path=shots / "phone-transcript.png")


def _overflow(page: Page) -> int:
    root = "document.documentElement"
    return int(page.evaluate(f"{root}.scrollWidth - {root}.clientWidth"))


def _ground(page: Page) -> list[int]:
    colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
    return [int(number) for number in re.findall(r"\d+", colour)[:3]]


def test_every_control_has_a_name(opened: Open) -> None:
    with opened() as page:
        upload(page, "named.wav")
        upload(page, "nonsense.wav", b"nonsense " * 300)
        page.locator("#quarantine > li").first.wait_for()
        link = finished(page, "named.wav")
        assert nameless(page) == []

        link.click()
        page.locator(".transcript .word").first.wait_for()

        assert nameless(page) == []
        assert page.evaluate("document.activeElement.id") == "reader-title"
        for landmark in ("banner", "main"):
            assert page.get_by_role(landmark).count() == 1
