"""Why the hub refuses, and what to do about it."""

from http import HTTPStatus

import httpx

from transcribid.models import ModelError

_WITHOUT = (
    "or copy a model's folder to this machine and name it in engine.model or diarization.model."
)
_PUT_TOKEN = "put a new one into the file that HF_TOKEN_FILE names, or into HF_TOKEN"


def unreachable(endpoint: str, why: str) -> ModelError:
    message = f"{endpoint} cannot be reached: {why.rstrip('.')}."
    return ModelError(message, f"Check the network, and HTTPS_PROXY behind a proxy; {_WITHOUT}")


def refused(
    answer: httpx.Response, repository: str, revision: str, endpoint: str
) -> ModelError:
    """The message never contains the token."""
    code, status = answer.headers.get("X-Error-Code", ""), answer.status_code
    has_token = "Authorization" in answer.request.headers
    page = f"{endpoint}/{repository}"
    if code == "GatedRepo":
        message = f"{repository} is only for those who accepted its terms"
        if not has_token:
            return ModelError(f"{message}, and no token says who asks.", _accept(page))
        message = f"{message}. The owner of the token did not, or it may not read such ones."
        return ModelError(message, _as_owner(page))
    if code == "RevisionNotFound":
        message = f"{repository} has no revision {revision!r}."
        return ModelError(message, "Leave out --revision for the newest, or correct it.")
    if status == HTTPStatus.UNAUTHORIZED and has_token and code != "RepoNotFound":
        return ModelError("The hub does not know the token.", f"Make one, and {_PUT_TOKEN}.")
    # Without a token, the hub also answers 401 for what does not exist.
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.NOT_FOUND):
        message = f"There is no repository {repository}, or it is not for everybody."
        how = _as_owner(page) if has_token else _accept(page)
        return ModelError(message, f"Check the name. If it is right: {how}")
    if status == HTTPStatus.FORBIDDEN:
        message = f"The hub refuses {repository} (status 403); perhaps it has terms to accept."
        return ModelError(message, _as_owner(page) if has_token else _accept(page))
    return ModelError(f"The hub answers {status} for {repository}.", "Try again later.")


def _accept(page: str) -> str:
    return (
        f"Log in at {page} and accept its terms, once. Make a token that may read, write it"
        " into a file that only you can read, and pull again with HF_TOKEN_FILE=PATH"
        " (or HF_TOKEN)."
    )


def _as_owner(page: str) -> str:
    return (
        f"Log in at {page} as the token's owner and accept its terms, once. A fine-grained"
        " token also needs leave to read gated repositories. Then pull again."
    )
