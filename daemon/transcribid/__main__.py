"""python -m transcribid."""

from transcribid.cli import app


def main() -> None:
    app(prog_name="transcribid")


if __name__ == "__main__":
    main()
