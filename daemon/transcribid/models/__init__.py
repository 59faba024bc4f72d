"""Models on this machine: what they are called, where they lie, and how they get there."""


class ModelError(Exception):
    """A model cannot be used or fetched."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.remedy = remedy


class UnknownModel(ModelError):
    """No model is called so."""
