"""The child process for speaker diarization. Only here are torch and pyannote imported."""

import os

from transcribid.process.environment import QUIET

os.environ |= QUIET  # also where it is imported into another process
