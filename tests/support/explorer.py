"""Copies a file as a Windows desktop does: its whole size at once, its content in good time.

A script for an environment with smbprotocol: PORT SHARE FILE NAME. Says `reserved`, and goes on
after a line from standard input.
"""
# pyright: reportMissingImports=false, reportUnknownVariableType=false, reportUnknownMemberType=false

import sys
from pathlib import Path

import smbclient


def main(port: int, share: str, file: Path, name: str) -> None:
    smbclient.ClientConfig(require_secure_negotiate=False)  # guests have no key to sign with
    content = file.read_bytes()
    place = {"port": port, "username": "somebody", "password": "any", "require_signing": False}
    with smbclient.open_file(
        rf"\\127.0.0.1\{share}\{name}", "wb", buffering=0, **place
    ) as copy:
        copy.truncate(len(content))
        sys.stdout.write("reserved\n")
        sys.stdout.flush()
        sys.stdin.readline()
        for start in range(0, len(content), 1 << 16):
            copy.write(content[start : start + (1 << 16)])


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], Path(sys.argv[3]), sys.argv[4])
