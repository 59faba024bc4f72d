"""transcribid doctor: checks the whole chain before it gets real work."""
