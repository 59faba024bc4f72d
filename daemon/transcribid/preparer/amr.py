# pyright: reportUnknownMemberType=false
"""AMR as telephones write it, with discontinuous transmission: pauses are not coded.

Each frame of 20 ms begins with its type. FFmpeg's decoders know only the types of speech; a
description of background noise (SID), a lost frame and one without data are errors to them.
Here these become silence, and are not counted as damage.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import av
import numpy as np
from av.audio.frame import AudioFrame


@dataclass(frozen=True, slots=True)
class _AmrCodec:
    rate: int  # samples per second
    sizes: tuple[int, ...]  # bytes of a frame, by type; one for all other types
    pauses: frozenset[int]  # types without speech

    @property
    def samples(self) -> int:
        return self.rate // 50

    def type_of(self, frame: bytes) -> int:
        return frame[0] >> 3 & 0xF


_KINDS: Mapping[str, _AmrCodec] = {  # 3GPP TS 26.101 and 26.201, as RFC 4867 stores them
    "amrnb": _AmrCodec(8_000, (13, 14, 16, 18, 20, 21, 27, 32, 6), frozenset((8, 15))),
    "amrwb": _AmrCodec(16_000, (18, 24, 33, 37, 41, 47, 51, 59, 61, 6), frozenset((9, 14, 15))),
}


_LARGEST = 2048  # bytes of a packet: half a second and more


def with_pauses(codec: str, packet: Any) -> list[Any]:
    """The packet itself, or if it contains frames without speech: packets and silent frames."""
    kind = _KINDS.get(codec) if packet.size <= _LARGEST else None
    parts = list(_parts(kind, bytes(packet))) if kind else []
    if kind is None or all(kind.type_of(part) not in kind.pauses for part in parts):
        return [packet]
    return [
        _silence(kind, packet, number)
        if kind.type_of(part) in kind.pauses
        else _speech(packet, number, part)
        for number, part in enumerate(parts)
    ]


def _parts(kind: _AmrCodec, content: bytes) -> Iterator[bytes]:
    """The frames of a packet: one in most files; some telephones write ten."""
    while content:
        type_ = kind.type_of(content)
        size = kind.sizes[type_] if type_ < len(kind.sizes) else 1
        yield content[:size]
        content = content[size:]


def _silence(kind: _AmrCodec, packet: Any, number: int) -> AudioFrame:
    frame = AudioFrame.from_ndarray(np.zeros((1, kind.samples), np.float32), "fltp", "mono")
    frame.sample_rate, frame.time_base = kind.rate, packet.time_base
    frame.pts = _time(packet, number)
    return frame


def _speech(packet: Any, number: int, content: bytes) -> Any:
    part = av.Packet(content)
    part.stream, part.time_base = packet.stream, packet.time_base
    part.pts = part.dts = _time(packet, number)
    return part


def _time(packet: Any, number: int) -> int | None:
    if packet.pts is None:
        return None
    return packet.pts + round(Fraction(number, 50) / packet.time_base)
