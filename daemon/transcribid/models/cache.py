"""Models in the Hugging Face cache, fetched by other programs."""

from pathlib import Path

import huggingface_hub
from huggingface_hub import constants
from huggingface_hub.errors import CacheNotFound

from transcribid.models import kinds


def folder(repository: str) -> Path | None:
    """The folder of its main revision, complete or not; does not use the network."""
    for kind in kinds.ALL:
        found = huggingface_hub.try_to_load_from_cache(repository, kind.mark)
        if isinstance(found, str):
            return Path(found).parent
    return None


def repositories() -> list[str]:
    """The repositories of all cached models, also of unknown kinds."""
    try:
        cache = huggingface_hub.scan_cache_dir(constants.HF_HUB_CACHE)
    except CacheNotFound:
        return []
    return sorted(
        repository.repo_id for repository in cache.repos if repository.repo_type == "model"
    )
