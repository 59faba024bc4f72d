"""Why nothing comes from the hub, and what to do about it."""

from http import HTTPStatus

import httpx

from transcribid.models import ModelError

_WITHOUT = "or copy a model's folder to this machine and name it in engine.model."
_TELL = "set HF_TOKEN or HF_TOKEN_FILE"


def unreachable(endpoint: str, why: str) -> ModelError:
    message = f"{endpoint} cannot be reached: {why.rstrip('.')}."
    return ModelError(message, f"Check the network, and HTTPS_PROXY behind a proxy; {_WITHOUT}")


def refused(answer: httpx.Response, repository: str, revision: str) -> ModelError:
    code, status = answer.headers.get("X-Error-Code", ""), answer.status_code
    has_token = "Authorization" in answer.request.headers
    if code == "GatedRepo":
        message = f"{repository} is only for those who accepted its terms."
        return ModelError(message, f"Accept them on its page, then {_TELL} and pull again.")
    if code == "RevisionNotFound":
        message = f"{repository} has no revision {revision!r}."
        return ModelError(message, "Leave out --revision for the newest, or correct it.")
    if status == HTTPStatus.UNAUTHORIZED and has_token and code != "RepoNotFound":
        return ModelError("The hub does not accept the token.", f"To replace it, {_TELL}.")
    # Without a token, the hub says 401 also of what is not there.
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.NOT_FOUND):
        message = f"There is no repository {repository}, or it is not for everybody."
        return ModelError(message, f"Check the name; for a private one, {_TELL}.")
    if status == HTTPStatus.FORBIDDEN:
        return ModelError(
            f"The hub refuses {repository} (status 403).", f"To be known, {_TELL}."
        )
    return ModelError(f"The hub answers {status} for {repository}.", "Try again later.")
