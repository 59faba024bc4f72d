"""The main process: turns what happens into events, and events into effects."""
