"""The environment of our child processes: without secrets, and with telemetry off."""

from collections.abc import Mapping

QUIET = {  # libraries read these at import; they turn telemetry off
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
