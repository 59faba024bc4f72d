"""Watch a folder and transcribe every recording that lands in it."""

__version__ = "0.1.0"
