"""Runs child processes: starts, limits and reads them, and never leaves one behind."""
