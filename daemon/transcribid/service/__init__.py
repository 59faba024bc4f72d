"""The deciding process: what happens becomes events, and events become effects."""
