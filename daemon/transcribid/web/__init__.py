"""Status and commands over HTTP: on a Unix socket, and read-only on the loopback address."""
