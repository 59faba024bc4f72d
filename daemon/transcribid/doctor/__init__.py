"""transcribid doctor: proves the whole chain before work is trusted to it."""
