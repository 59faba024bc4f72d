"""How the small diarization pipeline of the tests was made."""
