"""Fish Fillets: acted and distorted voices of a comic game, with the text of each sentence."""

import re
from pathlib import Path

from real.fetch import fetch
from real.packages import DEBIAN
from real.words import normalise

_GAME = Path("usr/share/games/fillets-ng")
_LINE = re.compile(
    r'dialogId\("([^"]+)",\s*"[^"]*",\s*"(?:(?:[^"\\]|\\.)*)"\)\s*'
    r'(?:dialogStr\("((?:[^"\\]|\\.)*)"\))?'
)
_SENTENCE = 3  # words at least


def music() -> list[Path]:
    return sorted((fetch(DEBIAN["fillets-ng-data"]) / _GAME / "music").glob("*.ogg"))


def dutch() -> list[tuple[Path, str]]:
    """Every sentence, with its text, in the order of the rooms of the game."""
    texts = _texts()
    folder = fetch(DEBIAN["fillets-ng-data-nl"]) / _GAME / "sound"
    spoken = [
        (path, texts.get((path.parts[-3], path.stem), ""))
        for path in sorted(folder.glob("*/nl/*.ogg"))
    ]
    return [(path, text) for path, text in spoken if _is_sentence(text)]


def _is_sentence(text: str) -> bool:
    return "\\" not in text and "..." not in text and len(normalise(text, "nl")) >= _SENTENCE


def _texts() -> dict[tuple[str, str], str]:
    """By room and name."""
    scripts = fetch(DEBIAN["fillets-ng-data"]) / _GAME / "script"
    return {
        (script.parent.name, identifier): text
        for script in scripts.glob("*/dialogs_nl.lua")
        for identifier, text in _LINE.findall(
            script.read_text(encoding="utf-8", errors="replace")
        )
    }
