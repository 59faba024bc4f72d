"""The kinds of models that we know: which files make up each, and how to tell them apart."""

from collections.abc import Collection, Container
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ModelKind:
    name: str
    article: str  # what one of them is, in a sentence
    mark: str  # the file by which one is found
    needed: tuple[str, ...]  # paths in its folder, and in its repository
    one_of: tuple[str, ...] = ()  # of which at least one is needed
    besides: tuple[str, ...] = ()  # welcome, not needed
    advice: str = ""  # to who named a repository without them

    @property
    def files(self) -> tuple[str, ...]:
        """All that is ever written of one."""
        return self.needed + self.one_of + self.besides

    def lacking(self, present: Container[str]) -> list[str]:
        """The needed files that are not among these."""
        missing = [name for name in self.needed if name not in present]
        if self.one_of and not any(name in present for name in self.one_of):
            missing.append(self.one_of[0])
        return missing


# Without tokenizer.json, faster-whisper asks the network. preprocessor_config.json, which many
# repositories lack, tells only how many mels there are, and the weights tell that too.
WHISPER = ModelKind(
    "whisper",
    "a Whisper model for CTranslate2",
    mark="model.bin",
    needed=("model.bin", "config.json", "tokenizer.json"),
    one_of=("vocabulary.json", "vocabulary.txt"),
    besides=("preprocessor_config.json",),
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
    """By the files that are there; as wanted where none of them tells."""
    if WHISPER.mark in present:
        return WHISPER
    tell = (each for each in (PIPELINE, WHISPER) if any(name in present for name in each.files))
    return next(tell, wanted)
