"""The process that turns speech into words. Only here is the Whisper model imported."""

import os

from transcribid.process.environment import QUIET

os.environ |= QUIET  # also where it is imported into another process
