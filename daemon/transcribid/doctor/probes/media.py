# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
"""The FFmpeg that opens recordings."""

from typing import Any

import av

from transcribid.doctor.answers import Media


def answer() -> Media:
    library: Any = av
    return Media(str(library.ffmpeg_version_info), dict(library.library_versions))
