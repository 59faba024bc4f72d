import json

import pytest

from transcribid.domain.news import Notice


@pytest.fixture
def notice() -> Notice:
    facts = dict.fromkeys(("job", "name", "verdict", "language", "duration", "time", "host"))
    told = {"id": "k", "event": "done", "reason": "", "message": "m", "outputs": list[str]()}
    return Notice(1, "target", "k", json.dumps(told | facts), 0.0)
