"""What can be said of settings before anything is opened: no database, no network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from vedette.commands.serving.destinations import sender_of
from vedette.commands.serving.listening import check_exposure, check_tls
from vedette.commands.serving.reading import SettingsError
from vedette.commands.serving.settings import Settings
from vedette.errors import VedetteError
from vedette.publish.destination import Sender


def checked(path: Path, settings: Settings) -> Mapping[str, Sender]:
    """The ways to the destinations, by name, when all that ``path`` says can be used.

    Raises:
        SettingsError: something cannot.
    """
    with _said_of(f"{path}, "):
        check_exposure(settings.server)
        check_tls(settings.server)
    senders: dict[str, Sender] = {}
    for place, table in enumerate(settings.publish, 1):
        with _said_of(f"{path}, [[publish]] {place}, "):
            senders[table.name] = sender_of(table)
    return senders


@contextmanager
def _said_of(place: str) -> Iterator[None]:
    """Say where in the file it is."""
    try:
        yield
    except VedetteError as error:
        raise SettingsError(error.message, where=f"{place}{error.where or ''}".rstrip(", ")) from error
