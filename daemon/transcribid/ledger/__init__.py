"""The durable queue. All SQL is in this package."""

from transcribid.ledger.ledger import Ledger, LedgerFull
from transcribid.ledger.opening import FILE_NAME, LedgerNewer, open_ledger

__all__ = ["FILE_NAME", "Ledger", "LedgerFull", "LedgerNewer", "open_ledger"]
