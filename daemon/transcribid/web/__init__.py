"""The page and the API: reads ledger and outbox, posts commands, decides nothing."""
