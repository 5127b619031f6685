"""``python -m vedette`` is the same program as ``vedette``."""

import sys

from vedette.garbage import collect_no_more, collect_seldom


def run() -> None:
    """The program, from before it is loaded: that takes a moment, in which somebody may think better of it."""
    collect_seldom()
    try:
        from vedette.cli import main

        main()
    except KeyboardInterrupt:
        print("vedette: stopped", file=sys.stderr)
        sys.exit(130)
    finally:
        collect_no_more()


if __name__ == "__main__":
    run()
