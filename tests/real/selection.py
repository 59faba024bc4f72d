"""Which sets are heard, and what for. SETS=short: fewer, where time is short."""

import os

from real.programs import Languages, Setup
from real.weights import Model

SHORT = os.environ.get("SETS") == "short"

_CLIPS = ("en_ast", "es_ast", "fr_ast", "it_ast", "ru_ast", "en_read")
ACTED = () if SHORT else ("nl_fil",)  # so distorted that its words prove little
JOINED = ("es_2min",) if SHORT else ("es_10min", "en_5min", "fr_5min", "it_3min", "ru_3min")
SONNET = "sonnet_again"
SUMMED = (*(("jfk", "brief") if SHORT else _CLIPS), *JOINED)
SPOKEN = (*SUMMED, SONNET)
ALONE = ("brief",) if SHORT else (*_CLIPS, *ACTED)  # of which the language is to be found out
NOISE = "some_noise" if SHORT else "noise"

# The threshold of the verdict was chosen on English, Spanish, French and Italian prompts.
UNTUNED = ("ru_ast", "nl_fil")

TINY_ENGLISH = () if SHORT else ("en_ast", "en_read", SONNET, "en_5min")
_TINY_SPANISH = ("es_ast", "es_10min")  # to see what the verdict says of nonsense


def usual(setup: Setup) -> tuple[str, ...]:
    """What is compared where nobody names a set."""
    if setup.model is Model.TINY_EN:
        spanish = setup.languages is Languages.AUTO
        return _TINY_SPANISH if spanish else (*TINY_ENGLISH, NOISE)
    return ALONE if setup.languages is Languages.AUTO else (*SPOKEN, *ACTED, NOISE)
