"""What processes of ours get of the environment: nothing secret, and nothing that tells."""

from collections.abc import Mapping

QUIET = {  # what libraries would tell their makers, and read when they are imported
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "ORT_DISABLE_TELEMETRY": "1",
    "PYANNOTE_METRICS_ENABLED": "0",
}
_SECRET = ("TRANSCRIBID_", "HF_TOKEN")  # configuration may hold a token


def without_secrets(ours: Mapping[str, str]) -> dict[str, str]:
    """
    >>> without_secrets({"HF_TOKEN": "hf_1", "transcribid_web__token": "2", "HOME": "/"})
    {'HOME': '/'}
    """
    return {name: value for name, value in ours.items() if not name.upper().startswith(_SECRET)}
