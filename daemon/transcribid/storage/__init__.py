"""Disk access: recordings, their results, and where both are stored."""
