"""GPUs of this machine: their number, their memory, and the libraries they need."""
