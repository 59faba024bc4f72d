#!/opt/transcribid/bin/python -IS
"""The container's health: exits with 0 if the daemon is ready.

It says what `transcribid status --ready` says, and imports next to nothing, for it is asked
every minute.
"""

import os
import socket
import sys

REQUEST = b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
TIMEOUT = 10.0  # seconds


def main() -> int:
    try:
        # Through the folder's descriptor, for unix(7) limits an address to 107 bytes.
        state = os.open(os.environ["TRANSCRIBID_FOLDERS__STATE"], os.O_RDONLY | os.O_DIRECTORY)
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(TIMEOUT)
            connection.connect(f"/proc/self/fd/{state}/control.sock")
            connection.sendall(REQUEST)
            answer = b"".join(iter(lambda: connection.recv(65536), b""))
    except OSError as error:
        sys.stdout.write(f"The daemon does not answer: {error.strerror or error}\n")
        return 1
    head, _, body = answer.partition(b"\r\n\r\n")
    sys.stdout.write(f"{body.decode(errors='replace')}\n")
    return 0 if head.split(b" ", 2)[1:2] == [b"200"] else 1


if __name__ == "__main__":
    sys.exit(main())
