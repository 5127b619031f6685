"""The one root of every error a user can cause: a sentence that says where, what was wrong and what is right."""

from __future__ import annotations


class VedetteError(Exception):
    """Something the user gave cannot be used.

    The message is one sentence for a person: it names the field, file or line, what was wrong, and what is right.
    Commands print it and exit with 2; a bug is never turned into one.
    """

    def __init__(self, message: str, *, where: str | None = None) -> None:
        self.message = message
        self.where = where
        super().__init__(f"{where}: {message}" if where else message)


class SourceError(VedetteError):
    """A folder, file or bucket cannot be read."""


class ListError(VedetteError):
    """A threat or trusted list is malformed or over its limits; ``where`` is ``name:line``."""


class InventoryError(VedetteError):
    """An inventory file is not what AWS's describe calls print."""


class StoreError(VedetteError):
    """The state database cannot be opened or is of another version."""


class HistoryError(VedetteError):
    """The event history's folder cannot be used, or a file in it cannot be written or read."""


class CatalogueError(VedetteError):
    """A detector file declares something the engine cannot run."""
