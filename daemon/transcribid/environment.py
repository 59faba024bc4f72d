"""What the processes that we start get of our environment: nothing that is secret."""

from collections.abc import Mapping

_SECRET = ("TRANSCRIBID_", "HF_TOKEN")  # configuration may hold a token


def without_secrets(ours: Mapping[str, str]) -> dict[str, str]:
    """
    >>> without_secrets({"HF_TOKEN": "hf_1", "transcribid_web__token": "2", "HOME": "/"})
    {'HOME': '/'}
    """
    return {name: value for name, value in ours.items() if not name.upper().startswith(_SECRET)}
