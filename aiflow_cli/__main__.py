"""Entry point. ``--version`` is answered before anything is imported: it costs what an empty program costs."""

import sys


def main() -> int:
    if sys.argv[1:] in (["--version"], ["-V"]):
        from aiflow_cli._version import __version__

        print(f"aiflow {__version__}")
        return 0
    from aiflow_cli.cli import run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
