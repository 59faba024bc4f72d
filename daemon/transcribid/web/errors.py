"""Error responses."""

import json
from collections.abc import Sequence
from typing import cast

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

_JSON = "application/json"


def respond(request: Request, error: Exception) -> Response:
    problems = cast(RequestValidationError, error).errors()
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if not kind.endswith(("/json", "+json")) and any(
        each["loc"] == ("body",) for each in problems
    ):
        return answer(request.url.path, 422, f"Send Content-Type: {_JSON}")
    detail = "; ".join(f"{_where(each['loc'])}: {each['msg']}" for each in problems)
    return answer(request.url.path, 422, detail)


def _where(place: Sequence[str | int]) -> str:
    """
    >>> _where(("query", "limit")), _where(("body",)), _where(("body", "names", 3))
    ('limit', 'body', 'names.3')
    """
    return ".".join(map(str, place[1:] or place))


def refused(request: Request, error: Exception) -> Response:
    refusal = cast(HTTPException, error)
    return answer(request.url.path, refusal.status_code, refusal.detail)


def answer(path: str, status: int, detail: object) -> Response:
    """In ASCII: a lone surrogate could not be encoded."""
    body = {"detail": detail} | (_for_openai(detail) if path.startswith("/v1/") else {})
    return Response(json.dumps(body), status, media_type=_JSON)


def _for_openai(detail: object) -> dict[str, object]:
    """OpenAI clients show only this."""
    message = detail if isinstance(detail, str) else json.dumps(detail)
    kind = {"type": "invalid_request_error", "param": None, "code": None}
    return {"error": {"message": message, **kind}}
