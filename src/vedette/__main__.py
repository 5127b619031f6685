"""``python -m vedette`` is the same program as ``vedette``."""

from vedette.cli import main

if __name__ == "__main__":
    main()
