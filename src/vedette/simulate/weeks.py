"""Weeks of ordinary work, for stories about what is unusual for a machine: a model learns before it says anything."""

from __future__ import annotations

from vedette.simulate.databases import DbClient
from vedette.simulate.events import Event, every
from vedette.simulate.network import Instance

DAY = 86_400.0
"""Seconds."""
WEEKS = 18
"""Days of work after which a model has learned: some more than two weeks."""
LATER = WEEKS * DAY
"""When they are over, in seconds from the story's start."""


def works(
    host: Instance, days: int = WEEKS, *, first: int = 0, remote: str = "9.9.60.1", port: int = 443
) -> list[Event]:
    """The host has one conversation a day, with the web unless told otherwise; ``first`` is the first day's number."""
    return every(DAY, days, lambda _: host.connects_to(remote, port, at=0.0), at=first * DAY)


def comes(*clients: DbClient, days: int = WEEKS) -> list[Event]:
    """Each of these clients logs in to its database once a day."""
    return every(DAY, days, lambda _: [one.logs_in(after=600) for one in clients])
