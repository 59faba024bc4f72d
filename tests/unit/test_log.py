"""What libraries say is in our log."""

import json
import subprocess
import sys

PROGRAM = """
import asyncio, logging
from transcribid import log
from transcribid.web.headers import add_headers

async def broken(scope, receive, send):
    raise ZeroDivisionError("of ours")

log.configure("json", "info")
scope = {"type": "http", "method": "GET", "path": "/status", "headers": []}
try:
    asyncio.run(add_headers(broken)(scope, None, None))
except ZeroDivisionError as error:
    logging.getLogger("uvicorn.error").error("Exception in ASGI application", exc_info=error)
logging.getLogger("other").warning("no exception")
for _ in range(1000):
    logging.getLogger("other").warning("again and again")
"""


def test_a_mistake_of_ours_is_logged_with_its_traceback_and_what_is_repeated_once() -> None:
    done = subprocess.run(
        [sys.executable, "-P", "-c", PROGRAM], capture_output=True, text=True, check=True
    )

    mistake, other, again = map(json.loads, done.stderr.splitlines())
    assert mistake["message"] == "Exception in ASGI application"
    assert "ZeroDivisionError: of ours" in mistake["exception"]
    assert "while answering GET '/status'" in mistake["exception"]
    assert "exception" not in other
    assert again["message"] == "again and again"
