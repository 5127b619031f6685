"""What the four kinds of trusted and threat lists have in common over the API."""

from __future__ import annotations

import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from typing import Any

from vedette.api.errors import NO_SUCH_RESOURCE, BadRequest
from vedette.api.membership import refuse_member
from vedette.api.operation import Context
from vedette.api.tagging import checked_tags
from vedette.engine.activation import drop_unused, fetched_location
from vedette.engine.active_lists import KINDS
from vedette.errors import ListError
from vedette.findings.configuration import ListKindName, SavedList
from vedette.findings.configured import ConfigurationReader
from vedette.findings.store import Batch
from vedette.intel.limits import ListKind, ListLimits

TAKEN = "The request is rejected because a list of this kind with the given name already exists."
BUSY = "The request is rejected because the list is {status}: it can be changed once that has ended."

REMEMBERED = 86_400_000
"""For so long (ms) a deleted list is still answered for, with the status DELETED: clients wait to see it."""


@dataclass(frozen=True, slots=True)
class ListsOf:
    """The lists of one kind, as its five operations need them."""

    kind: ListKindName
    id_member: str
    """Of the answer to a Create."""
    ids_member: str
    """Of the answer to a List."""

    def create(
        self, context: Context, detector_id: str, *, name: str, format: str, location: str,  # noqa: A002
        activate: bool, expected_bucket_owner: str, tags: dict[str, str] | None,
    ) -> dict[str, Any]:
        """Save a list; to be activated at once or not."""
        context.detector(detector_id)
        _check_location(location)
        kept = checked_tags(tags)
        now = context.clock()
        with context.store.transaction() as batch:
            refuse_member(batch, context, "manages lists")
            there = self._there(batch, context)
            _forget_deleted(batch, context, now)
            _refuse_name(there, name)
            most = ListLimits().trusted_lists if KINDS[self.kind][0] is ListKind.TRUSTED else ListLimits().threat_lists
            if len(there) >= most:
                raise BadRequest(f"The request is rejected because the current account has {most} of this kind of list "
                                 "in this Region, which is the most it can have.")
            made = SavedList(
                account=context.account, region=context.region, id=secrets.token_hex(16), created=now, updated=now,
                kind=self.kind, name=name, format=format, location=location, tags=kept,
                status="ACTIVATING" if activate else "INACTIVE", expected_bucket_owner=expected_bucket_owner)
            batch.configure(made)
        return {self.id_member: made.id}

    def get(self, context: Context, detector_id: str, id: str, *, entities: bool = False) -> dict[str, Any]:  # noqa: A002
        """A list, whole; ``entities``: with the times and the reason that only entity sets show."""
        context.detector(detector_id)
        found = self._known(context.store, context, id)
        shown: dict[str, Any] = {"Name": found.name, "Format": found.format, "Location": found.location,
                                 "Status": found.status, "Tags": found.tags}
        if found.expected_bucket_owner:
            shown["ExpectedBucketOwner"] = found.expected_bucket_owner
        if entities:
            shown |= {"CreatedAt": found.created, "UpdatedAt": found.updated}
            if found.error:
                shown["ErrorDetails"] = found.error
        return shown

    def update(
        self, context: Context, detector_id: str, id: str, *, name: str | None, location: str | None,  # noqa: A002
        activate: bool | None, expected_bucket_owner: str | None,
    ) -> dict[str, Any]:
        """Change a list; what is not named stays. ``activate`` loads it (again), or takes it out of force at once.

        A list in force, or in ERROR, whose location changes is loaded from there without being asked to: what is shown
        is in force.
        """
        context.detector(detector_id)
        if location is not None:
            _check_location(location)
        now = context.clock()
        with context.store.transaction() as batch:
            refuse_member(batch, context, "manages lists")
            found = self._changeable(batch, context, id)
            if name is not None and name != found.name:
                _refuse_name(self._there(batch, context), name)
                found.name = name
            moved = location is not None and location != found.location
            found.location = location or found.location
            found.expected_bucket_owner = expected_bucket_owner or found.expected_bucket_owner
            found.updated = max(now, found.updated + 1)
            before = found.digest
            if activate or (activate is None and moved and found.status in ("ACTIVE", "ERROR")):
                found.status, found.error, found.failures = "ACTIVATING", "", 0
            elif activate is not None:
                found.status, found.error, found.failures, found.digest = "INACTIVE", "", 0, ""
            batch.configure(found)
            if not found.digest:
                drop_unused(batch, before)
        return {}

    def delete(self, context: Context, detector_id: str, id: str) -> dict[str, Any]:  # noqa: A002
        """Take a list out of force and away."""
        context.detector(detector_id)
        now = context.clock()
        with context.store.transaction() as batch:
            refuse_member(batch, context, "manages lists")
            found = self._changeable(batch, context, id)
            before, found.digest = found.digest, ""
            found.status, found.error, found.updated = "DELETED", "", now
            batch.configure(found)
            drop_unused(batch, before)
            _forget_deleted(batch, context, now)
        return {}

    def listed(self, context: Context, detector_id: str, max_results: int, next_token: str) -> dict[str, Any]:
        """The ids, sorted."""
        context.detector(detector_id)
        after = _after(next_token)
        rest = sorted(one.id for one in self._there(context.store, context) if one.id > after)
        page = rest[:max_results]
        return {self.ids_member: page, "NextToken": _token(page[-1]) if len(rest) > len(page) else ""}

    def _there(self, store: ConfigurationReader, context: Context) -> list[SavedList]:
        return [one for one in store.configured(SavedList, context.account, context.region)
                if one.kind == self.kind and one.status != "DELETED"]

    def _known(self, store: ConfigurationReader, context: Context, id: str) -> SavedList:  # noqa: A002
        found = store.configuration(SavedList, context.account, context.region, id)
        if found is None or found.kind != self.kind:
            raise BadRequest(NO_SUCH_RESOURCE)
        return found

    def _changeable(self, batch: Batch, context: Context, id: str) -> SavedList:  # noqa: A002
        found = self._known(batch, context, id)
        if found.status == "DELETED":
            raise BadRequest(NO_SUCH_RESOURCE)
        if found.status in ("ACTIVATING", "DEACTIVATING", "DELETE_PENDING"):
            raise BadRequest(BUSY.format(status=found.status))
        return found


def _check_location(location: str) -> None:
    try:
        fetched_location(location)
    except ListError as error:
        raise BadRequest(f"The request is rejected because the location {error.where!r} {error.message}.") from error


def _refuse_name(there: list[SavedList], name: str) -> None:
    if any(one.name == name for one in there):
        raise BadRequest(TAKEN)


def _forget_deleted(batch: Batch, context: Context, now: int) -> None:
    for one in batch.configured(SavedList, context.account, context.region):
        if one.status == "DELETED" and now - one.updated > REMEMBERED:
            batch.unconfigure(SavedList, one.account, one.region, one.id)


def _token(after: str) -> str:
    return urlsafe_b64encode(after.encode()).decode()


def _after(token: str) -> str:
    try:
        after = urlsafe_b64decode(token).decode()
        bytes.fromhex(after)
    except ValueError:
        raise BadRequest(
            "The request is rejected because nextToken is not one that this operation has given.") from None
    return after
