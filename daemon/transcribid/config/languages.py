"""Whisper's languages."""

from difflib import get_close_matches

AUTO = "auto"

_TABLE = """
af afrikaans, am amharic, ar arabic, as assamese, az azerbaijani, ba bashkir, be belarusian,
bg bulgarian, bn bengali, bo tibetan, br breton, bs bosnian, ca catalan, cs czech, cy welsh,
da danish, de german, el greek, en english, es spanish, et estonian, eu basque, fa persian,
fi finnish, fo faroese, fr french, gl galician, gu gujarati, ha hausa, haw hawaiian, he hebrew,
hi hindi, hr croatian, ht haitian, hu hungarian, hy armenian, id indonesian, is icelandic,
it italian, ja japanese, jw javanese, ka georgian, kk kazakh, km khmer, kn kannada, ko korean,
la latin, lb luxembourgish, ln lingala, lo lao, lt lithuanian, lv latvian, mg malagasy,
mi maori, mk macedonian, ml malayalam, mn mongolian, mr marathi, ms malay, mt maltese,
my burmese, ne nepali, nl dutch, nn nynorsk, no norwegian, oc occitan, pa punjabi, pl polish,
ps pashto, pt portuguese, ro romanian, ru russian, sa sanskrit, sd sindhi, si sinhala,
sk slovak, sl slovenian, sn shona, so somali, sq albanian, sr serbian, su sundanese,
sv swedish, sw swahili, ta tamil, te telugu, tg tajik, th thai, tk turkmen, tl tagalog,
tr turkish, tt tatar, uk ukrainian, ur urdu, uz uzbek, vi vietnamese, yi yiddish, yo yoruba,
yue cantonese, zh chinese
"""
_CODES = {name: code for code, name in (entry.split() for entry in _TABLE.split(","))}
CODES = tuple(_CODES.values())
NAMES = {code: name for name, code in _CODES.items()}


def known_language(language: str) -> str:
    """Returns the language if it is auto or one of Whisper's. Raises ValueError."""
    if language in (AUTO, *CODES):
        return language
    raise ValueError(_unknown(language))


def known_code(language: str) -> str:
    """Returns the language if it is one of Whisper's. Raises ValueError."""
    if language in CODES:
        return language
    raise ValueError(_unknown(language))


def _unknown(language: str) -> str:
    nearest = _nearest(language.lower())
    hint = f"; did you mean {nearest!r}?" if nearest else ""
    return f"unknown language {language!r}, expected auto or a code such as en or es{hint}"


def _nearest(word: str) -> str | None:
    code = word.replace("_", "-").split("-")[0]  # es-MX
    if code in CODES:
        return code
    names = get_close_matches(word, _CODES, n=1)
    return _CODES[names[0]] if names else None
