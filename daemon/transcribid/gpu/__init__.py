"""GPUs as the machine has them: how many, their memory, the libraries that they need."""
