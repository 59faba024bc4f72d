"""Models that other programs fetched into the Hugging Face cache."""

from pathlib import Path

import huggingface_hub
from huggingface_hub import constants
from huggingface_hub.errors import CacheNotFound

from transcribid.models import kinds


def folder(repository: str) -> Path | None:
    """Where its main revision lies, whole or not; asks no network."""
    for kind in kinds.ALL:
        found = huggingface_hub.try_to_load_from_cache(repository, kind.mark)
        if isinstance(found, str):
            return Path(found).parent
    return None


def repositories() -> list[str]:
    """Those of models of any kind, also of such as we do not know."""
    try:
        cache = huggingface_hub.scan_cache_dir(constants.HF_HUB_CACHE)
    except CacheNotFound:
        return []
    return sorted(
        repository.repo_id for repository in cache.repos if repository.repo_type == "model"
    )
