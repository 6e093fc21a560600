"""Entry point. ``--version`` is answered before anything is imported: it costs what an empty program costs."""

import sys


def main() -> int:
    if sys.argv[1:] in (["--version"], ["-V"]) and _show_version():
        return 0
    import gc

    # A short command makes objects and throws few away: by default the collector looks through all of them again
    # and again, which is a third of the run time of `send-event`.
    gc.set_threshold(100_000)
    from aiflow_cli.cli import main as run

    code = run(sys.argv[1:])
    # Nothing is collected on the way out either; the operating system is quicker at it.
    gc.freeze()
    return code


def _show_version() -> bool:
    """Print the version; False where it cannot be written, for the long way knows what to say then."""
    from aiflow_cli._version import __version__

    try:
        print(f"aiflow {__version__}", flush=True)
    except OSError:
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
