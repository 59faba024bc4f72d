"""What is wrong with a request, as the answer tells it."""

import json
from typing import cast

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

_TOLD = ("type", "loc", "msg")  # and not what was sent


def told(request: Request, error: Exception) -> Response:
    problems = cast(RequestValidationError, error).errors()
    detail = [{name: each[name] for name in _TOLD} for each in problems]
    return answer(request.url.path, 422, detail)


def refused(request: Request, error: Exception) -> Response:
    refusal = cast(HTTPException, error)
    return answer(request.url.path, refusal.status_code, refusal.detail)


def answer(path: str, status: int, detail: object) -> Response:
    """In ASCII: half a surrogate pair could not be sent."""
    body = {"detail": detail} | (_for_openai(detail) if path.startswith("/v1/") else {})
    return Response(json.dumps(body), status, media_type="application/json")


def _for_openai(detail: object) -> dict[str, object]:
    """Its clients show nothing else."""
    message = detail if isinstance(detail, str) else json.dumps(detail)
    kind = {"type": "invalid_request_error", "param": None, "code": None}
    return {"error": {"message": message, **kind}}
