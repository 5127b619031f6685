"""What an investigation may look at, by who asks for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from vedette.api.errors import BadRequest
from vedette.api.operation import Context
from vedette.detectors.known import Known
from vedette.errors import VedetteError
from vedette.intel.aws_ranges import AwsRanges
from vedette.intel.lookup import Intel
from vedette.inventory import Inventory
from vedette.investigate.entity import Entity, entity_of
from vedette.investigate.looking import seen_by
from vedette.investigate.profile import Sources
from vedette.investigate.sightings import Past, TooLongError


def sources_of(context: Context) -> Sources:
    """What the caller may look at."""
    running = context.running
    past = Past(running.history.folder, running.archive) if running.history else None
    return seen_by(context.store, past, known_to(context), context.account, context.region)


def known_to(context: Context) -> Known:
    """What is known in the caller's account and Region."""
    return known_at(context, context.account, context.region)


def known_at(context: Context, account: str, region: str) -> Known:
    """What is known in an account and Region of which the caller sees findings."""
    knowledge = context.running.knowledge
    return knowledge().at(account, region) if knowledge else _nothing()


def asked_entity(kind: str, value: str) -> Entity:
    """An entity as a request names it.

    Raises:
        BadRequest: there can be no such entity.
    """
    try:
        return entity_of(kind, value)
    except VedetteError as error:
        raise BadRequest(f"The request is rejected because {error}.") from error


@contextmanager
def looking() -> Iterator[None]:
    """What takes too long is refused, with what to do about it."""
    try:
        yield
    except TooLongError as error:
        raise BadRequest("The request is rejected because looking through the event history took too long: ask for a "
                         "shorter time.") from error


@cache
def _nothing() -> Known:
    """What is known where nobody says anything."""
    return Known(intel=Intel.of([]), aws=AwsRanges.snapshot(), inventory=Inventory())
