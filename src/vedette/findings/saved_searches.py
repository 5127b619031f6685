"""Searches of the event history as the store keeps them, for all who see the account."""

from __future__ import annotations

from typing import ClassVar

from vedette.findings.configuration import Configured


class SavedSearch(Configured, kw_only=True):
    """A search under a name, which is its id, in an account and Region."""

    KIND: ClassVar[str] = "search"

    query: str
    """What stands behind the ``?`` in the address of the console's screen."""
    by: str = ""
    """The console user or the owner of the access key who saved it."""
