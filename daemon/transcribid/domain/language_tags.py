"""Languages as media files name them: ISO 639-2, or the beginning of a tag such as en-US."""

from collections.abc import Mapping

# Whisper's codes, and how ISO 639-2 and 639-3 write them.
_TABLE = """
af afr, am amh, ar ara arb, as asm, az aze, ba bak, be bel, bg bul, bn ben, bo bod tib, br bre,
bs bos, ca cat, cs ces cze, cy cym wel, da dan, de deu ger, el ell gre, en eng, es spa, et est,
eu eus baq, fa fas per, fi fin, fo fao, fr fra fre, gl glg, gu guj, ha hau, haw, he heb iw,
hi hin, hr hrv scr, ht hat, hu hun, hy hye arm, id ind in, is isl ice, it ita, ja jpn,
jw jav jv, ka kat geo, kk kaz, km khm, kn kan, ko kor, la lat, lb ltz, ln lin, lo lao, lt lit,
lv lav, mg mlg, mi mri mao, mk mkd mac, ml mal, mn mon, mr mar, ms msa may, mt mlt, my mya bur,
ne nep, nl nld dut, nn nno, no nor nob nb, oc oci, pa pan, pl pol, ps pus, pt por, ro ron rum,
ru rus, sa san, sd snd, si sin, sk slk slo, sl slv, sn sna, so som, sq sqi alb, sr srp scc,
su sun, sv swe, sw swa, ta tam, te tel, tg tgk, th tha, tk tuk, tl tgl fil, tr tur, tt tat,
uk ukr, ur urd, uz uzb, vi vie, yi yid ji, yo yor, yue, zh zho chi cmn
"""
_CODES: Mapping[str, str] = {
    name: code
    for entry in _TABLE.split(",")
    for code, *others in [entry.split()]
    for name in (code, *others)
}


def code_of(tag: str | None) -> str | None:
    """Whisper's code of the language; None where there is no tag, or it is unknown.

    >>> [code_of(tag) for tag in ("ger", "deu", "de-AT", "und", None)]
    ['de', 'de', 'de', None, None]
    """
    return _CODES.get((tag or "").replace("_", "-").split("-")[0].lower())
