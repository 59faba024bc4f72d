"""How the small model and its recordings are made; needs torch and is not in the wheel."""
