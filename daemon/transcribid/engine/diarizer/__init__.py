"""The child process that tells speakers apart. Only here are torch and pyannote imported."""
