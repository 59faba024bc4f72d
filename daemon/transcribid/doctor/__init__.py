"""transcribid doctor: checks the whole chain before real work is entrusted to it."""
