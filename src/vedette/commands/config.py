"""``vedette config``: the configuration file of the server, checked and explained."""

from __future__ import annotations

from pathlib import Path
from typing import TextIO

from vedette.commands.serving.checking import checked
from vedette.commands.serving.reading import read_settings
from vedette.commands.serving.reference import reference


def check_config(path: Path, out: TextIO) -> None:
    """Say what a server with this file would do. Neither the database nor the network is asked.

    Raises:
        SettingsError: the first thing that is wrong.
    """
    settings = read_settings(path)
    senders = checked(path, settings)
    server = settings.server
    scheme = "https" if server.tls_certificate else "http"
    sources, destinations = _number(len(settings.source), "source"), _number(len(senders), "destination")
    print(f"{path} can be used: it listens on {server.host} port {server.port} ({scheme}), reads {sources} and "
          f"publishes to {destinations}", file=out)


def print_options(out: TextIO) -> None:
    """Print every table and key that the file may have."""
    out.write(reference())


def _number(number: int, of: str) -> str:
    return f"{number or 'no'} {of}{'' if number == 1 else 's'}"
