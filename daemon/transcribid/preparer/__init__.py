"""The process that decodes media: an open file in, windows of speech out."""

import os

from transcribid.process.environment import QUIET

os.environ |= QUIET  # also where it is imported into another process
