"""The child process that tells speakers apart. Only here are torch and pyannote imported."""

import os

from transcribid.process.environment import QUIET

os.environ |= QUIET  # also where it is imported into another process
