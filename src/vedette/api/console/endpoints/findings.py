"""Findings as a list shows them: a page of whole ones, by one question."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta

from vedette.api.console.endpoint import Asked, endpoint
from vedette.api.criteria import parsed, refusing
from vedette.api.operation import Context
from vedette.findings.membership import watched


class Page(Asked, frozen=True, kw_only=True):
    """A page of the findings that match, in an order."""

    detector_id: Annotated[str, Meta(max_length=300)]
    finding_criteria: dict[str, Any] | None = None
    order_by: Annotated[str, Meta(max_length=300)] = "updatedAt"
    descending: bool = True
    limit: Annotated[int, Meta(ge=1, le=50)] = 50
    next_token: Annotated[str, Meta(max_length=4096)] = ""


@endpoint("POST", "/findings", from_outside=False)
def list_whole_findings(context: Context, asked: Page) -> dict[str, Any]:
    """What ListFindings and then GetFindings would tell, for whom each way to the server and back counts."""
    context.detector(asked.detector_id)
    with refusing():
        page = context.store.list(
            parsed(asked.finding_criteria or {}), (asked.order_by, "DESC" if asked.descending else "ASC"), asked.limit,
            asked.next_token or None, watched(context.store, context.account, context.region))
    return {"findings": context.store.get(page.ids), "nextToken": page.next_token or ""}
