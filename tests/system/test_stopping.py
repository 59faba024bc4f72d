"""Stopping does not wait for what waits for the storage."""

from pathlib import Path

from support.clips import long_clip
from support.daemon import House, wait_until


def test_a_delivery_that_the_storage_refuses_holds_up_no_stop(tmp_path: Path) -> None:
    with House(tmp_path, watch={"quiet": "300ms"}, stop_grace="10m") as house:
        house.start()
        wait_until(lambda: bool(house.events("engine.ready")), 60.0, house.last_words())
        marker = house.outbox / ".transcribid"
        house.drop("talk.wav", long_clip(minutes=3))
        wait_until(lambda: bool(house.events("job.running")), 60.0, house.last_words())
        marker.unlink()
        wait_until(lambda: bool(house.events("storage.refused")), 60.0, house.last_words())

        assert house.stop() == 0
        marker.touch()
        house.start()
        wait_until((house.outbox / "talk.json").exists, 60.0, house.last_words())
