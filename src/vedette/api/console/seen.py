"""Findings that a caller of the console's endpoints names, and sees."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated, Any

from msgspec import Meta

from vedette.api.console.endpoint import Asked
from vedette.api.errors import NO_SUCH_RESOURCE, ResourceNotFound
from vedette.api.operation import Context
from vedette.findings.membership import watched
from vedette.findings.rows import FindingRow
from vedette.findings.store import Reader

AT_ONCE = 50
"""Findings; as many as GuardDuty's operations take."""


class OneFinding(Asked, frozen=True, kw_only=True):
    """A finding that the account sees."""

    id: Annotated[str, Meta(max_length=300)]
    detector_id: Annotated[str, Meta(max_length=300)]


class SomeFindings(Asked, frozen=True, kw_only=True):
    """Findings, of which those count that the account sees."""

    detector_id: Annotated[str, Meta(max_length=300)]
    finding_ids: Annotated[list[Annotated[str, Meta(max_length=300)]], Meta(max_length=AT_ONCE)]


def document_of(context: Context, asked: OneFinding, store: Reader) -> dict[str, Any]:
    """The finding, as ``store`` (a transaction, say) has it.

    Raises:
        ResourceNotFound: there is no such finding, or it is another account's.
    """
    found = documents_of(context, [asked.id], store).get(asked.id)
    if found is None:
        raise ResourceNotFound(NO_SUCH_RESOURCE)
    return found


def documents_of(context: Context, ids: Collection[str], store: Reader) -> dict[str, dict[str, Any]]:
    """The findings by id, as ``store`` has them; others' are passed over."""
    own = watched(store, context.account, context.region)
    return {one["id"]: one for one in store.get(ids) if one["service"]["detectorId"] in own}


def rows_of(context: Context, asked: SomeFindings) -> list[FindingRow]:
    """The findings' rows, in the order asked for; others' are passed over."""
    own = watched(context.store, context.account, context.region)
    found = context.store.finding_row(asked.finding_ids)
    return [found[one] for one in dict.fromkeys(asked.finding_ids) if one in found and found[one].detector_id in own]
