"""Models on this machine: their names, where they are stored, and how they are fetched."""


class ModelError(Exception):
    """A model cannot be used or fetched."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.remedy = remedy


class UnknownModel(ModelError):
    """There is no model with this name."""
