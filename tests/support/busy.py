"""Runs a command beside processes that want all of the CPU: python busy.py COUNT COMMAND."""

import subprocess
import sys

_SPIN = "while True: pass"


def main() -> int:
    count, *command = sys.argv[1:]
    others = [subprocess.Popen([sys.executable, "-c", _SPIN]) for _ in range(int(count))]
    try:
        return subprocess.run(command, check=False).returncode
    finally:
        for other in others:
            other.kill()
            other.wait()


if __name__ == "__main__":
    sys.exit(main())
