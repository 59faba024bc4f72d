"""The kinds of models: the files of each, and how to distinguish them."""

from collections.abc import Collection, Container
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ModelKind:
    name: str
    article: str  # its description with an article, for messages
    mark: str  # the file that identifies it
    needed: tuple[str, ...]  # paths in its folder and in its repository
    one_of: tuple[str, ...] = ()  # at least one of these is needed
    optional: tuple[str, ...] = ()
    advice: str = ""  # for a repository without them

    @property
    def files(self) -> tuple[str, ...]:
        """All files that are ever fetched."""
        return self.needed + self.one_of + self.optional

    def missing_parts(self, present: Container[str]) -> list[str]:
        """The needed files that are not present."""
        missing = [name for name in self.needed if name not in present]
        if self.one_of and not any(name in present for name in self.one_of):
            missing.append(self.one_of[0])
        return missing


# Without tokenizer.json, faster-whisper uses the network. preprocessor_config.json, which many
# repositories lack, only holds the number of mels, which the weights hold as well.
WHISPER = ModelKind(
    "whisper",
    "a Whisper model for CTranslate2",
    mark="model.bin",
    needed=("model.bin", "config.json", "tokenizer.json"),
    one_of=("vocabulary.json", "vocabulary.txt"),
    optional=("preprocessor_config.json",),
    advice="Choose a repository whose model is converted for CTranslate2.",
)
PIPELINE = ModelKind(
    "pipeline",
    "a pipeline of pyannote.audio",
    mark="config.yaml",
    needed=(
        "config.yaml",
        "segmentation/pytorch_model.bin",
        "embedding/pytorch_model.bin",
        "plda/plda.npz",
        "plda/xvec_transform.npz",
    ),
    advice="Choose community-1, or a repository with all of its files.",
)
ALL = (WHISPER, PIPELINE)
FILES = WHISPER.files + PIPELINE.files


def of(present: Collection[str], wanted: ModelKind = WHISPER) -> ModelKind:
    """The kind to which the files belong; `wanted` if none of them tells."""
    if WHISPER.mark in present:
        return WHISPER
    found = (
        each for each in (PIPELINE, WHISPER) if any(name in present for name in each.files)
    )
    return next(found, wanted)
