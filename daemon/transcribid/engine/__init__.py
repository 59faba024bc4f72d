"""The process that transcribes. Only here is the Whisper model imported."""

import os

from transcribid.process.environment import QUIET

os.environ |= QUIET  # also where it is imported into another process
